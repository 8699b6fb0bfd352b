/// Read against semantics.md, cell by cell; a changed cell is a changed rule.
extension Grid {
    /// A person has halted the saga.
    static let paused =
        Grid(
            .paused,
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
            timer          | early  early  early  early  early  early  early  early  early  early  early  early  early
            retry requested| illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg  illeg
            undo requested | wait   doing  retry  probe  reprb  done   dupl   dupl   unkn~  dupl   dupl   dupl   dupl
            parent cancels | wait   doing  retry  probe  reprb  done   dupl   dupl   unkn~  dupl   dupl   dupl   dupl
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
            pause          | dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl   dupl
            resume         | wait   doing  retry  probe  reprb  done   fail   unkn   held   undo   reund  undn   uheld
            abandon        | wait   doing  retry  probe  reprb  done   fail   unkn   held~  undo   reund  undn   uheld~
            """)

    /// The next command is not sent for now.
    static let heldBack =
        Grid(
            .heldBack,
            """
                             retry  reprb  reund
            do done        | done   done   late
            do rejected    | fail   fail   late
            do retry       | dupl   late   late
            do unknown     | retry  late   late
            do working     | late   late   late
            probe done     | done   done   late
            probe rejected | late   unkn   late
            probe retry    | late   dupl   late
            probe unknown  | late   dupl   late
            probe working  | late   late   late
            undo done      | late   late   undn
            undo rejected  | late   late   dupl
            undo retry     | late   late   dupl
            undo unknown   | late   late   dupl
            undo working   | late   late   late
            do returned    | late   late   late
            probe returned | late   late   late
            undo returned  | late   late   late
            do held back   | late   late   late
            probe held back| late   late   late
            undo held back | late   late   late
            do released    | doing> late   late
            probe released | late   probe> late
            undo released  | late   late   undo>
            timer          | doing> probe> undo>
            retry requested| doing> probe> undo>
            undo requested | skip   reprb  dupl
            parent cancels | skip   reprb  dupl
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
            pause          | retry  reprb  reund
            resume         | dupl   dupl   dupl
            abandon        | retry  reprb  reund
            """)
}
