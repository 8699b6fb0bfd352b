/// What the shell of ``Watcher`` runs: it takes notes from its input, and acts when that ends.
///
/// Lines: `+ PID BIRTH STAGE SIGNAL TICKS` a process to end (a tick is 50 ms), `- PID BIRTH` it has gone,
/// `d FOLDER` a folder to remove at the very end. Written for any POSIX shell with `/proc`.
let watcherScript = #"""
    trap '' HUP INT QUIT TERM PIPE TSTP
    nl='
    '
    processes= folders=

    # Leaves the birth of process $1 in $born, nothing when it has ended.
    look() {
        born=
        if read -r stat <"/proc/$1/stat"; then
            set -- ${stat##*) }
            case $1 in Z | X) ;; *) born=${20} ;; esac
        fi
    } 2>/dev/null

    # Leaves process $1 and all its descendants in $found.
    family() {
        found=" $1 " grown=yes
        while [ -n "$grown" ]; do
            grown=
            for file in /proc/[0-9]*/stat; do
                read -r stat <"$file" || continue
                pid=${stat%% *}
                set -- ${stat##*) }
                case $found in *" $pid "*) continue ;; esac
                case $found in *" $2 "*) found="$found$pid " grown=yes ;; esac
            done
        done
    } 2>/dev/null

    # Kills process $1 with its family; it is stopped first, so that it cannot fork meanwhile.
    kill_family() {
        kill -s STOP "$1"
        family "$1"
        kill -s KILL $found
    } 2>/dev/null

    # Runs $1 PID SIGNAL TICKS for every process of stage $2 that is still alive.
    each() {
        rest=$processes
        while [ -n "$rest" ]; do
            entry=${rest%%"$nl"*} rest=${rest#*"$nl"}
            action=$1 wanted=$2
            set -- $entry
            look "$1"
            [ "$born" = "$2" ] && [ "$3" = "$wanted" ] && "$action" "$1" "$4" "$5"
            set -- "$action" "$wanted"
        done
    }
    # A frozen process would not hear the signal.
    ask() {
        if [ "$2" = 9 ]; then
            kill_family "$1"
        else
            kill "-$2" "$1"
            family "$1"
            kill -s CONT $found
        fi
    } 2>/dev/null
    check() { if [ "$tick" -lt "$3" ]; then waiting=yes; else kill_family "$1"; fi; }
    present() { waiting=yes; }

    while read -r line; do
        case $line in
        '+ '*) processes="$processes${line#+ }$nl" ;;
        '- '*)
            kept= rest=$processes
            while [ -n "$rest" ]; do
                entry=${rest%%"$nl"*} rest=${rest#*"$nl"}
                case $entry in "${line#- } "*) ;; *) kept="$kept$entry$nl" ;; esac
            done
            processes=$kept
            ;;
        'd '*) folders="$folders${line#d }$nl" ;;
        esac
    done

    for stage in 1 2 3; do
        each ask "$stage"
        tick=0 waiting=yes
        while [ -n "$waiting" ]; do
            waiting=
            each check "$stage"
            [ -n "$waiting" ] && sleep 0.05
            tick=$((tick + 1))
        done
        tick=0 waiting=yes
        while [ -n "$waiting" ] && [ "$tick" -lt 100 ]; do
            waiting=
            each present "$stage"
            [ -n "$waiting" ] && sleep 0.05
            tick=$((tick + 1))
        done
    done
    while [ -n "$folders" ]; do
        folder=${folders%%"$nl"*} folders=${folders#*"$nl"}
        [ -f "$folder/.saga-temporary" ] && rm -rf -- "$folder"
    done
    """#
