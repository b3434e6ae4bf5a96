"""Cases of the ops table: each module's `cases(t)` adds the cases of a family of ops to the Table `t`."""
