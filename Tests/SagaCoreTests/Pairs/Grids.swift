/// Read against semantics.md, cell by cell; a changed cell is a changed rule.
extension Grid {
    static let all: [Grid] = [
        Grid(
            .queued,
            """
                             wait
            do done        | late
            do rejected    | late
            do retry       | late
            do unknown     | late
            do working     | late
            probe done     | late
            probe rejected | late
            probe retry    | late
            probe unknown  | late
            probe working  | late
            undo done      | late
            undo rejected  | late
            undo retry     | late
            undo unknown   | late
            undo working   | late
            do returned    | late
            probe returned | late
            undo returned  | late
            do held back   | late
            probe held back| late
            undo held back | late
            do released    | late
            probe released | late
            undo released  | late
            timer          | early
            retry requested| illeg
            undo requested | wait
            parent cancels | wait
            started        | dupl
            locks granted  | wait
            decided        | late
            signalled      | illeg
            is done        | illeg
            is not-done    | illeg
            is undone      | illeg
            skip           | illeg
            skip forced    | illeg
            patch          | illeg
            pause          | wait
            resume         | dupl
            abandon        | wait
            """),
        Grid(
            .beforePivot,
            """
                             wait   doing  retry  probe  reprb  done   fail   unkn   held   undo   reund  undn   uheld
            do done        | late   done   done   done   done   dupl   late   done   done~  late   late   late   late
            do rejected    | late   fail   fail   fail   fail   late   dupl   late   late   late   late   late   late
            do retry       | late   retry  dupl   late   late   late   late   late   late   late   late   late   late
            do unknown     | late   retry  retry  late   late   late   late   late   late   late   late   late   late
            do working     | late   doing  late   late   late   late   late   late   late   late   late   late   late
            probe done     | late   done   done   done   done   dupl   late   done   done~  late   late   late   late
            probe rejected | late   late   late   unkn   unkn   late   late   late   late   late   late   late   late
            probe retry    | late   late   late   reprb  dupl   late   late   late   late   late   late   late   late
            probe unknown  | late   late   late   reprb  dupl   late   late   late   late   late   late   late   late
            probe working  | late   late   late   probe  late   late   late   late   late   late   late   late   late
            undo done      | late   late   late   late   late   late   late   late   late   undn   undn   dupl   undn~
            undo rejected  | late   late   late   late   late   late   late   late   late   reund  dupl   late   late
            undo retry     | late   late   late   late   late   late   late   late   late   reund  dupl   late   late
            undo unknown   | late   late   late   late   late   late   late   late   late   reund  dupl   late   late
            undo working   | late   late   late   late   late   late   late   late   late   undo   late   late   late
            do returned    | late   retry! late   late   late   late   late   late   late   late   late   late   late
            probe returned | late   late   late   reprb! late   late   late   late   late   late   late   late   late
            undo returned  | late   late   late   late   late   late   late   late   late   reund! late   late   late
            do held back   | late   retry  late   late   late   late   late   late   late   late   late   late   late
            probe held back| late   late   late   reprb  late   late   late   late   late   late   late   late   late
            undo held back | late   late   late   late   late   late   late   late   late   reund  late   late   late
            do released    | late   late   late   late   late   late   late   late   late   late   late   late   late
            probe released | late   late   late   late   late   late   late   late   late   late   late   late   late
            undo released  | late   late   late   late   late   late   late   late   late   late   late   late   late
            timer          | early  retry  doing> reprb  probe> early  early  early  early  reund  undo>  early  early
            retry requested| illeg  illeg  doing> illeg  probe> illeg  illeg  illeg  doing~> illeg  undo>  illeg  undo~>
            undo requested | wait   doing  unkn   probe  reprb  done   dupl   dupl   unkn~  dupl   dupl   dupl   dupl
            parent cancels | wait   doing  unkn   probe  reprb  done   dupl   dupl   unkn~  dupl   dupl   dupl   dupl
            started        | dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl
            locks granted  | dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl
            decided        | late   late   late   late   late   late   late   late   late   late   late   late   late
            signalled      | illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg
            is done        | illeg  illeg  illeg  illeg  illeg  dupl   illeg  done   done~  illeg  illeg  illeg  illeg
            is not-done    | illeg  illeg  illeg  illeg  illeg  illeg  dupl   fail   fail~  illeg  illeg  illeg  illeg
            is undone      | illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  dupl   undn~
            skip           | illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg
            skip forced    | illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  unkn~  illeg  illeg  illeg  illeg
            patch          | illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  held   illeg  illeg  illeg  illeg
            pause          | wait   doing  retry  probe  reprb  done   fail   unkn   held   undo   reund  undn   uheld
            resume         | dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl
            abandon        | wait   doing  retry  probe  reprb  done   fail   unkn   held~  undo   reund  undn   uheld~
            """),
        Grid(
            .budgetSpent,
            """
                             doing  probe  undo
            do done        | done   done   late
            do rejected    | fail   fail   late
            do retry       | probe> late   late
            do unknown     | probe> late   late
            do working     | doing  late   late
            probe done     | done   done   late
            probe rejected | late   unkn   late
            probe retry    | late   held!  late
            probe unknown  | late   held!  late
            probe working  | late   probe  late
            undo done      | late   late   undn
            undo rejected  | late   late   uheld!
            undo retry     | late   late   uheld!
            undo unknown   | late   late   uheld!
            undo working   | late   late   undo
            do returned    | retry! late   late
            probe returned | late   reprb! late
            undo returned  | late   late   reund!
            do held back   | retry  late   late
            probe held back| late   reprb  late
            undo held back | late   late   reund
            do released    | late   late   late
            probe released | late   late   late
            undo released  | late   late   late
            timer          | probe> held!  uheld!
            retry requested| illeg  illeg  illeg
            undo requested | doing  probe  dupl
            parent cancels | doing  probe  dupl
            started        | dupl   dupl   dupl
            locks granted  | dupl   dupl   dupl
            decided        | late   late   late
            signalled      | illeg  illeg  illeg
            is done        | illeg  illeg  illeg
            is not-done    | illeg  illeg  illeg
            is undone      | illeg  illeg  illeg
            skip           | illeg  illeg  illeg
            skip forced    | illeg  illeg  illeg
            patch          | illeg  illeg  illeg
            pause          | doing  probe  undo
            resume         | dupl   dupl   dupl
            abandon        | doing  probe  undo
            """),
        Grid(
            .oldAttempt,
            """
                             doing  probe  undo
            do done        | done   done   late
            do rejected    | fail   fail   late
            do retry       | late   late   late
            do unknown     | dupl   late   late
            do working     | late   late   late
            probe done     | done   done   late
            probe rejected | late   unkn   late
            probe retry    | late   late   late
            probe unknown  | late   late   late
            probe working  | late   late   late
            undo done      | late   late   undn
            undo rejected  | late   late   late
            undo retry     | late   late   late
            undo unknown   | late   late   late
            undo working   | late   late   late
            do returned    | retry! late   late
            probe returned | late   reprb! late
            undo returned  | late   late   reund!
            do held back   | retry  late   late
            probe held back| late   reprb  late
            undo held back | late   late   reund
            do released    | late   late   late
            probe released | late   late   late
            undo released  | late   late   late
            timer          | retry  reprb  reund
            retry requested| illeg  illeg  illeg
            undo requested | doing  probe  dupl
            parent cancels | doing  probe  dupl
            started        | dupl   dupl   dupl
            locks granted  | dupl   dupl   dupl
            decided        | late   late   late
            signalled      | illeg  illeg  illeg
            is done        | illeg  illeg  illeg
            is not-done    | illeg  illeg  illeg
            is undone      | illeg  illeg  illeg
            skip           | illeg  illeg  illeg
            skip forced    | illeg  illeg  illeg
            patch          | illeg  illeg  illeg
            pause          | doing  probe  undo
            resume         | dupl   dupl   dupl
            abandon        | doing  probe  undo
            """),
        Grid(
            .earlierRound,
            """
                             doing  retry  probe
            do done        | done   done   done
            do rejected    | late   late   late
            do retry       | late   dupl   late
            do unknown     | doing  retry  late
            do working     | late   late   late
            probe done     | done   done   done
            probe rejected | late   late   unkn
            probe retry    | late   late   late
            probe unknown  | late   late   late
            probe working  | late   late   late
            undo done      | late   late   late
            undo rejected  | late   late   late
            undo retry     | late   late   late
            undo unknown   | late   late   late
            undo working   | late   late   late
            do returned    | retry! late   late
            probe returned | late   late   reprb!
            undo returned  | late   late   late
            do held back   | retry  late   late
            probe held back| late   late   reprb
            undo held back | late   late   late
            do released    | late   late   late
            probe released | late   late   late
            undo released  | late   late   late
            timer          | retry  doing> reprb
            retry requested| illeg  doing> illeg
            undo requested | doing  unkn   probe
            parent cancels | doing  unkn   probe
            started        | dupl   dupl   dupl
            locks granted  | dupl   dupl   dupl
            decided        | late   late   late
            signalled      | illeg  illeg  illeg
            is done        | illeg  illeg  illeg
            is not-done    | illeg  illeg  illeg
            is undone      | illeg  illeg  illeg
            skip           | illeg  illeg  illeg
            skip forced    | illeg  illeg  illeg
            patch          | illeg  illeg  illeg
            pause          | doing  retry  probe
            resume         | dupl   dupl   dupl
            abandon        | doing  retry  probe
            """),
        Grid(
            .failing,
            """
                             doing  probe  reprb  held
            do done        | undo>  undo>  undo>  undo~>
            do rejected    | fail   fail   fail   late
            do retry       | undo>  late   late   late
            do unknown     | probe> late   late   late
            do working     | doing  late   late   late
            probe done     | undo>  undo>  undo>  undo~>
            probe rejected | late   undo>  undo>  late
            probe retry    | late   reprb  dupl   late
            probe unknown  | late   reprb  dupl   late
            probe working  | late   probe  late   late
            undo done      | late   late   late   late
            undo rejected  | late   late   late   late
            undo retry     | late   late   late   late
            undo unknown   | late   late   late   late
            undo working   | late   late   late   late
            do returned    | undo>  late   late   late
            probe returned | late   reprb! late   late
            undo returned  | late   late   late   late
            do held back   | skip   late   late   late
            probe held back| late   reprb  late   late
            undo held back | late   late   late   late
            do released    | late   late   late   late
            probe released | late   late   late   late
            undo released  | late   late   late   late
            timer          | probe> reprb  probe> early
            retry requested| illeg  illeg  probe> probe~>
            undo requested | dupl   dupl   dupl   undo~>
            parent cancels | dupl   dupl   dupl   undo~>
            started        | dupl   dupl   dupl   dupl
            locks granted  | dupl   dupl   dupl   dupl
            decided        | late   late   late   late
            signalled      | illeg  illeg  illeg  illeg
            is done        | illeg  illeg  illeg  undo~>
            is not-done    | illeg  illeg  illeg  fail~
            is undone      | illeg  illeg  illeg  illeg
            skip           | illeg  illeg  illeg  illeg
            skip forced    | illeg  illeg  illeg  illeg
            patch          | illeg  illeg  illeg  illeg
            pause          | doing  probe  reprb  held
            resume         | dupl   dupl   dupl   dupl
            abandon        | doing  probe  reprb  held~
            """),
        Grid(
            .optional,
            """
                             doing  retry  probe  reprb  done   fail   unkn   held
            do done        | done   done   done   done   dupl   late   done   done~
            do rejected    | fail   fail   fail   fail   late   dupl   late   late
            do retry       | retry  dupl   late   late   late   late   late   late
            do unknown     | retry  retry  late   late   late   late   late   late
            do working     | doing  late   late   late   late   late   late   late
            probe done     | done   done   done   done   dupl   late   done   done~
            probe rejected | late   late   unkn   unkn   late   late   late   late
            probe retry    | late   late   reprb  dupl   late   late   late   late
            probe unknown  | late   late   reprb  dupl   late   late   late   late
            probe working  | late   late   probe  late   late   late   late   late
            undo done      | late   late   late   late   late   late   late   late
            undo rejected  | late   late   late   late   late   late   late   late
            undo retry     | late   late   late   late   late   late   late   late
            undo unknown   | late   late   late   late   late   late   late   late
            undo working   | late   late   late   late   late   late   late   late
            do returned    | retry! late   late   late   late   late   late   late
            probe returned | late   late   reprb! late   late   late   late   late
            undo returned  | late   late   late   late   late   late   late   late
            do held back   | retry  late   late   late   late   late   late   late
            probe held back| late   late   reprb  late   late   late   late   late
            undo held back | late   late   late   late   late   late   late   late
            do released    | late   late   late   late   late   late   late   late
            probe released | late   late   late   late   late   late   late   late
            undo released  | late   late   late   late   late   late   late   late
            timer          | retry  doing> reprb  probe> early  early  early  early
            retry requested| illeg  doing> illeg  probe> illeg  illeg  illeg  doing~>
            undo requested | doing  unkn   probe  reprb  done   fail   unkn   unkn~
            parent cancels | doing  unkn   probe  reprb  done   fail   unkn   unkn~
            started        | dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl
            locks granted  | dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl
            decided        | late   late   late   late   late   late   late   late
            signalled      | illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg
            is done        | illeg  illeg  illeg  illeg  dupl   illeg  done   done~
            is not-done    | illeg  illeg  illeg  illeg  illeg  dupl   fail   fail~
            is undone      | illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg
            skip           | illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg
            skip forced    | illeg  illeg  illeg  illeg  illeg  illeg  illeg  unkn~
            patch          | illeg  illeg  illeg  illeg  illeg  illeg  illeg  held
            pause          | doing  retry  probe  reprb  done   fail   unkn   held
            resume         | dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl
            abandon        | doing  retry  probe  reprb  done   fail   unkn   held~
            """),
        Grid(
            .pivot,
            """
                             wait   doing  retry  probe  reprb  done   fail   held
            do done        | late   done   done   done   done   dupl   late   done~
            do rejected    | late   fail   fail   fail   fail   late   dupl   late
            do retry       | late   retry  dupl   late   late   late   late   late
            do unknown     | late   retry  retry  late   late   late   late   late
            do working     | late   doing  late   late   late   late   late   late
            probe done     | late   done   done   done   done   dupl   late   done~
            probe rejected | late   late   late   held!  held!  late   late   late
            probe retry    | late   late   late   reprb  dupl   late   late   late
            probe unknown  | late   late   late   reprb  dupl   late   late   late
            probe working  | late   late   late   probe  late   late   late   late
            undo done      | late   late   late   late   late   late   late   late
            undo rejected  | late   late   late   late   late   late   late   late
            undo retry     | late   late   late   late   late   late   late   late
            undo unknown   | late   late   late   late   late   late   late   late
            undo working   | late   late   late   late   late   late   late   late
            do returned    | late   retry! late   late   late   late   late   late
            probe returned | late   late   late   reprb! late   late   late   late
            undo returned  | late   late   late   late   late   late   late   late
            do held back   | late   retry  late   late   late   late   late   late
            probe held back| late   late   late   reprb  late   late   late   late
            undo held back | late   late   late   late   late   late   late   late
            do released    | late   late   late   late   late   late   late   late
            probe released | late   late   late   late   late   late   late   late
            undo released  | late   late   late   late   late   late   late   late
            timer          | early  retry  doing> reprb  probe> early  early  early
            retry requested| illeg  illeg  doing> illeg  probe> illeg  illeg  doing~>
            undo requested | wait   doing  held!  probe  reprb  illeg  dupl   illeg
            parent cancels | wait   doing  held!  probe  reprb  illeg  dupl   illeg
            started        | dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl
            locks granted  | dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl
            decided        | late   late   late   late   late   late   late   late
            signalled      | illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg
            is done        | illeg  illeg  illeg  illeg  illeg  dupl   illeg  done~
            is not-done    | illeg  illeg  illeg  illeg  illeg  illeg  dupl   fail~
            is undone      | illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg
            skip           | illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg
            skip forced    | illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg
            patch          | illeg  illeg  illeg  illeg  illeg  illeg  illeg  held
            pause          | wait   doing  retry  probe  reprb  done   fail   held
            resume         | dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl
            abandon        | wait   doing  retry  probe  reprb  done   fail   held~
            """),
        Grid(
            .failingAtPivot,
            """
                             doing  probe  reprb  held
            do done        | done   done   done   done~
            do rejected    | fail   fail   fail   late
            do retry       | held!  late   late   late
            do unknown     | probe> late   late   late
            do working     | doing  late   late   late
            probe done     | done   done   done   done~
            probe rejected | late   held!  held!  late
            probe retry    | late   reprb  dupl   late
            probe unknown  | late   reprb  dupl   late
            probe working  | late   probe  late   late
            undo done      | late   late   late   late
            undo rejected  | late   late   late   late
            undo retry     | late   late   late   late
            undo unknown   | late   late   late   late
            undo working   | late   late   late   late
            do returned    | held!  late   late   late
            probe returned | late   reprb! late   late
            undo returned  | late   late   late   late
            do held back   | skip   late   late   late
            probe held back| late   reprb  late   late
            undo held back | late   late   late   late
            do released    | late   late   late   late
            probe released | late   late   late   late
            undo released  | late   late   late   late
            timer          | probe> reprb  probe> early
            retry requested| illeg  illeg  probe> probe~>
            undo requested | dupl   dupl   dupl   illeg
            parent cancels | dupl   dupl   dupl   illeg
            started        | dupl   dupl   dupl   dupl
            locks granted  | dupl   dupl   dupl   dupl
            decided        | late   late   late   late
            signalled      | illeg  illeg  illeg  illeg
            is done        | illeg  illeg  illeg  done~
            is not-done    | illeg  illeg  illeg  fail~
            is undone      | illeg  illeg  illeg  illeg
            skip           | illeg  illeg  illeg  illeg
            skip forced    | illeg  illeg  illeg  illeg
            patch          | illeg  illeg  illeg  illeg
            pause          | doing  probe  reprb  held
            resume         | dupl   dupl   dupl   dupl
            abandon        | doing  probe  reprb  held~
            """),
        Grid(
            .afterPivot,
            """
                             doing  retry  probe  reprb  done   held
            do done        | done   done   done   done   dupl   done~
            do rejected    | held!  held!  held!  held!  late   late
            do retry       | retry  dupl   late   late   late   late
            do unknown     | retry  retry  late   late   late   late
            do working     | doing  late   late   late   late   late
            probe done     | done   done   done   done   dupl   done~
            probe rejected | late   late   held!  held!  late   late
            probe retry    | late   late   reprb  dupl   late   late
            probe unknown  | late   late   reprb  dupl   late   late
            probe working  | late   late   probe  late   late   late
            undo done      | late   late   late   late   late   late
            undo rejected  | late   late   late   late   late   late
            undo retry     | late   late   late   late   late   late
            undo unknown   | late   late   late   late   late   late
            undo working   | late   late   late   late   late   late
            do returned    | retry! late   late   late   late   late
            probe returned | late   late   reprb! late   late   late
            undo returned  | late   late   late   late   late   late
            do held back   | retry  late   late   late   late   late
            probe held back| late   late   reprb  late   late   late
            undo held back | late   late   late   late   late   late
            do released    | late   late   late   late   late   late
            probe released | late   late   late   late   late   late
            undo released  | late   late   late   late   late   late
            timer          | retry  doing> reprb  probe> early  early
            retry requested| illeg  doing> illeg  probe> illeg  doing~>
            undo requested | illeg  illeg  illeg  illeg  illeg  illeg
            parent cancels | illeg  illeg  illeg  illeg  illeg  illeg
            started        | dupl   dupl   dupl   dupl   dupl   dupl
            locks granted  | dupl   dupl   dupl   dupl   dupl   dupl
            decided        | late   late   late   late   late   late
            signalled      | illeg  illeg  illeg  illeg  illeg  illeg
            is done        | illeg  illeg  illeg  illeg  dupl   done~
            is not-done    | illeg  illeg  illeg  illeg  illeg  illeg
            is undone      | illeg  illeg  illeg  illeg  illeg  illeg
            skip           | illeg  illeg  illeg  illeg  illeg  illeg
            skip forced    | illeg  illeg  illeg  illeg  illeg  unkn~
            patch          | illeg  illeg  illeg  illeg  illeg  held
            pause          | doing  retry  probe  reprb  done   held
            resume         | dupl   dupl   dupl   dupl   dupl   dupl
            abandon        | doing  retry  probe  reprb  done   held~
            """),
        paused, heldBack,
    ]
}
