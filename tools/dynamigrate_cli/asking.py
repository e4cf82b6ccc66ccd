"""What is shown and asked before a command undoes or overrides something."""

from __future__ import annotations

from dynamigrate.contract.names import id_key

from .faults import Fault
from .places import Answer
from .render.lock import lock_lines
from .render.quantities import count
from .session import Session


class Refused(Fault):
    """What would be asked about is refused anyway, as *answer* says."""

    def __init__(self, answer: Answer) -> None:
        error = answer["error"]
        super().__init__(str(error["message"]), str(error.get("next", "")), kind=str(error["type"]))
        self.said = answer


class Asking:
    """
    Shows what a command would do to the place of *session*, and asks, where --yes is not given.

    Each method raises `UsedWrongly` where nobody is there to ask, `Declined` where the answer is no, and `Refused` where
    the command can't be carried out.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def before_undoing(self, number: int | None, command: str, *, then: str = "") -> None:
        """
        Show the plan of a command that goes back.

        Args:
            number: How many, below 0; None: all that are applied.
            then: What it does after that, in words.
        """
        if self._is_settled(command):
            return
        if number is None:
            counts = self._answer("status")["counts"]
            number = -sum(counts.get(state, 0) for state in ("applied", "missing"))
        undone = [] if number == 0 else self._answer("plan", n=number)["actions"]
        if not (undone or then):
            return
        for action in undone:
            self._tell(f"  undo {action['migration']} {action['description']}")
        if undone and then:
            self._tell(then)
        what = f"Undo {count(len(undone), 'migration')}" if undone else "Run all migrations"
        self._ask(f"{what} on {self._session.place.words}?", command)

    def before_going_to(self, migration: str) -> bool:
        """
        Show the plan of ``to``, where it goes back.

        Returns:
            Whether it does.
        """
        undone = [one for one in self._answer("plan", migration=migration)["actions"] if one["action"] == "undo"]
        if not undone:
            return False
        for action in undone:
            self._tell(f"  undo {action['migration']} {action['description']}")
        self._ask(
            f"Undo {count(len(undone), 'migration')} on {self._session.place.words}?", f"dynamigrate to {migration}"
        )
        return True

    def before_new_state(self) -> None:
        """Ask before state tables are made under names that nobody gave: the history may be under others."""
        settings = self._session.settings
        given = not (settings.is_default("table") and settings.is_default("lock-table"))
        if not self._session.is_here or given or settings.state_of or settings["yes"]:
            return
        found = self._session.ask("status")
        if "note" not in found or not found.get("counts", {}).get("pending"):
            return
        state = found["state"]
        self._tell(
            f"There is no table {state['table_name']} in {self._session.aws.place}, so nothing seems to have run there. A "
            "deployed function has its history in tables of other names: --state-of STACK finds them."
        )
        self._ask("Make the tables, and run all migrations?", "dynamigrate up without a history")

    def before_repair(self, migration: str, repair_as: str) -> None:
        """Show what is known of a dirty migration."""
        command = f"dynamigrate repair {migration}"
        if self._is_settled(command):
            return
        for one in self._answer("status").get("dirty", ()):
            if id_key(one["migration"]) == id_key(migration):
                error = f": {one['error']['type']}: {one['error']['message']}" if one.get("error") else ""
                self._tell(f"{one['migration']} {one['found']} in its {one['in']}{error}.")
        meaning = "all of its work is done" if repair_as == "applied" else "none of its work stands, and it runs again"
        self._ask(f"Count {migration} as {repair_as} ({meaning})?", command)

    def before_baseline(self, migration: str) -> None:
        """Show what would count as applied."""
        command = f"dynamigrate baseline {migration}"
        if self._is_settled(command):
            return
        for row in self._answer("status")["migrations"]:
            if row["state"] == "pending" and id_key(row["id"]) <= id_key(migration):
                self._tell(f"  {row['id']} {row['description']}")
        self._ask("Count these as applied, without running them?", command)

    def before_touching_the_lock(self, question: str, command: str, migration: str | None) -> None:
        """
        Show who holds the lock.

        Args:
            migration: It is that of its own run.
        """
        if self._is_settled(command):
            return
        found = self._answer("status")
        lock = found["lock"]
        if migration is not None:
            own = [one["lock"] for one in found.get("running", ()) if id_key(one["migration"]) == id_key(migration)]
            lock = own[0] if own else {}
        for line in lock_lines(lock):
            self._tell(line)
        # Where nobody holds it, there is nothing to lose; the answer says so.
        if lock.get("held"):
            self._ask(question, command)

    def _is_settled(self, command: str) -> bool:
        """Whether nothing has to be asked; where nobody could be asked, it is refused before anything is looked at."""
        if not self._session.terminal.has_person:
            self._session.confirm("", command)
        return bool(self._session.settings["yes"])

    def _ask(self, question: str, command: str) -> None:
        self._session.confirm(question, command)

    def _tell(self, line: str) -> None:
        self._session.terminal.tell(line)

    def _answer(self, action: str, **arguments: object) -> Answer:
        answer = self._session.ask(action, **arguments)
        if not answer.get("ok"):
            raise Refused(answer)
        return answer
