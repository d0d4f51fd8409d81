"""From a fare file to a `Ruleset`: what types alone cannot show is looked for here, and each fault has its line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contracts.money import Money
from policy import formulas, lines
from policy.conditions import ALWAYS, Condition, comparisons, read_condition
from policy.facts import BadCase, FactKind, Value, read_value
from policy.fares.model import Credit, FactTable, FareFile, Instrument, Part, RuleTable
from policy.fares.ruleset import Rule, Ruleset, Table, Term, all_comparisons
from policy.fares.vocabulary import ACTS, FACTS
from policy.files import BadFile, Fault, Loaded, load
from policy.formulas import Formula


def load_fares(path: Path, *, name: str | None = None) -> Ruleset:
    """Read a fare file, and the files that it names in `first`.

    Args:
        path: where it is.
        name: how answers and faults call it; else its path. Files that it names are called as beside it.

    Raises:
        BadFile: it has faults.
        OSError: it cannot be read.
    """
    return _load(path, Path(name) if name else path, inside=())


def _load(path: Path, name: Path, *, inside: tuple[Path, ...]) -> Ruleset:
    loaded = load(path, FareFile, name=str(name))
    before: list[Ruleset] = []
    for number, other in enumerate(loaded.value.policy.first):
        beside = path.parent / other
        here = ("policy", "first", number)
        if beside.resolve() in (*inside, path.resolve()):
            raise BadFile((loaded.fault(f"{other} comes before itself", *here),))
        if not beside.is_file():
            raise BadFile((loaded.fault(f"there is no file {beside}", *here),))
        before.append(_load(beside, name.parent / other, inside=(*inside, path.resolve())))
    return _Reader(loaded, before).ruleset()


@dataclass
class _Reader:
    """Reads one file, and keeps the faults that it finds."""

    loaded: Loaded[FareFile]
    before: list[Ruleset]
    faults: list[Fault] = field(default_factory=list)
    facts: dict[str, FactKind] = field(default_factory=dict)
    acts: dict[str, str] = field(default_factory=dict)
    instruments: dict[str, Instrument] = field(default_factory=dict)
    conditions: dict[str, Condition] = field(default_factory=dict)
    computed: dict[str, Formula | Table] = field(default_factory=dict)

    def complain(self, problem: str, path: lines.Path) -> None:
        self.faults.append(self.loaded.fault(problem, *path))

    def ruleset(self) -> Ruleset:
        file = self.loaded.value
        self.acts = {**ACTS, **file.acts}
        self.facts = dict(FACTS)
        self.instruments = dict(file.instruments)
        for other in self.before:
            self.acts |= other.acts
            self.facts |= {name: kind for name, kind in other.facts.items() if kind != FACTS.get(name)}
            self.instruments |= {name: one for name, one in other.instruments.items() if name not in file.instruments}
            self.conditions |= other.conditions
            self.computed |= other.computed
        self.read_facts(file.facts)
        for kind, instrument in file.instruments.items():
            if instrument.back not in (*self.instruments, "original", "lost"):
                self.complain("wanted original, lost, or a kind of instrument", ("instruments", kind, "back"))
        rules = [self.rule(table, number) for number, table in enumerate(file.rule)]
        self.look_at_order(file.rule)
        found = Ruleset(
            name=file.policy.name,
            carriers=file.policy.carriers,
            rules=(*(rule for other in self.before for rule in other.rules), *rules),
            otherwise=Rule(
                file=self.loaded.file,
                line=self.loaded.line("otherwise"),
                id="otherwise",
                on=frozenset("*"),
                when=ALWAYS,
                outcome=file.otherwise.outcome,
                words=file.otherwise.words,
            ),
            facts=self.facts,
            acts=self.acts,
            conditions=self.conditions,
            computed=self.computed,
            instruments=self.instruments,
        )
        if not self.faults:
            self.look_for_circles()
            self.look_at_currencies(found)
        if self.faults:
            raise BadFile(tuple(sorted(self.faults, key=lambda fault: fault.line)))
        return found

    def read_facts(self, tables: Mapping[str, FactTable]) -> None:
        """Kinds first: a formula has to know those of the facts that it names, in whatever order they are declared."""
        for name, table in tables.items():
            here = ("facts", name)
            ways = [way for way in (table.kind, table.is_, table.value, table.by or None) if way is not None]
            if name in self.conditions or name in self.computed:
                self.complain("a file that comes first has declared this fact", here)
            elif not ways and name in FACTS:
                kind = FACTS[name]
                self.facts[name] = FactKind(kind.kind, table.means or kind.means, table.one_of, kind.with_time)
            elif len(ways) != 1:
                self.complain("wanted one of kind, is, value and by", here)
            elif table.kind is not None:
                self.facts[name] = FactKind(table.kind, table.means or name, table.one_of, table.with_time)
            elif table.is_ is not None:
                self.facts[name] = FactKind("yes_no", table.means or name)
        for name, table in tables.items():
            if table.by:
                self.table(name, table)
        self.values({name: table for name, table in tables.items() if table.value is not None})
        for name, table in tables.items():
            if table.is_ is not None:
                self.conditions[name] = self.condition(table.is_, ("facts", name, "is"))

    def values(self, waiting: dict[str, FactTable]) -> None:
        """Formulas, each after those that it names."""
        while waiting:
            ready = [name for name, table in waiting.items() if not self.names_one_of(table.value or "", waiting)]
            for name in ready or waiting:
                table = waiting[name]
                formula = self.formula(table.value or "", ("facts", name, "value"))
                if formula is not None:
                    kind = FactKind("money" if formula.type == "money" else "number", table.means or name)
                    self.facts[name], self.computed[name] = kind, formula
            waiting = {name: table for name, table in waiting.items() if ready and name not in ready}

    def names_one_of(self, text: str, waiting: Mapping[str, FactTable]) -> bool:
        return not waiting.keys().isdisjoint(formulas.words(text))

    def table(self, name: str, declared: FactTable) -> None:
        here = ("facts", name)
        for number, by in enumerate(declared.by):
            if by not in self.facts:
                self.complain("no such fact", (*here, "by", number))
        rows: dict[tuple[str, ...], Value] = {}
        self.rows(declared.table, len(declared.by), (), (*here, "table"), rows)
        kinds = {"money" if isinstance(value, Money) else "number" for value in rows.values()}
        if len(kinds) > 1:
            self.complain("a table has numbers or amounts, not both", (*here, "table"))
        if not declared.table:
            self.complain("a fact with by wants a table", here)
        self.facts[name] = FactKind("money" if "money" in kinds else "number", declared.means or name)
        self.computed[name] = Table(declared.by, rows)

    def rows(
        self, raw: object, depth: int, keys: tuple[str, ...], path: lines.Path, into: dict[tuple[str, ...], Value]
    ) -> None:
        if depth and isinstance(raw, dict):
            for key, inner in raw.items():
                self.rows(inner, depth - 1, (*keys, key), (*path, key), into)
        elif depth or isinstance(raw, dict):
            self.complain(f"wanted as many levels as there are facts in by: {len(keys) + depth}", path)
        else:
            kind = FactKind("money" if isinstance(raw, str) else "number", "")
            try:
                into[keys] = read_value("", raw, kind)
            except BadCase:
                self.complain("wanted a number or an amount such as '75.00 USD'", path)

    def condition(self, raw: object, path: lines.Path) -> Condition:
        return read_condition(raw, self.facts, path, self.complain)

    def formula(self, text: str, path: lines.Path, *, money: bool = False) -> Formula | None:
        try:
            found = formulas.parse(text, {name: kind.kind for name, kind in self.facts.items()})
        except ValueError as error:
            self.complain(str(error), path)
            return None
        if money and found.type != "money":
            self.complain("wanted an amount such as '75.00 USD' or '75.00 USD * passengers', not a number", path)
        return found

    def rule(self, table: RuleTable, number: int) -> Rule:
        here: lines.Path = ("rule", number)
        for place, act in enumerate(table.on):
            if act != "*" and act not in self.acts:
                self.complain(f"no such act; declare {act} under [acts], or is it misspelt?", (*here, "on", place))
        if not table.on:
            self.complain("wanted at least one act, or '*'", (*here, "on"))
        kinds: list[tuple[lines.Path, str]] = [(("pay_with", kind), kind) for kind in table.pay_with]
        for key, credits in (("back", table.back), ("grant", table.grant)):
            kinds += [((key, n, "as"), kind) for n, one in enumerate(credits) for kind in one.as_ if kind != "original"]
        for path, kind in kinds:
            if kind not in self.instruments:
                self.complain(f"no such instrument; declare {kind} under [instruments.{kind}]", (*here, *path))
        if table.back and table.gives_up is None:
            self.complain("gives_up is missing: what is given back is given back of something", (*here, "back"))
        for n, one in enumerate(table.grant):
            if "original" in one.as_:
                self.complain(
                    "wanted kinds of instrument: what is granted was not paid before", (*here, "grant", n, "as")
                )
        if table.outcome != "allowed" and (table.charge or table.gives_up or table.back or table.grant):
            self.complain("only what is allowed has amounts", here)
        return Rule(
            file=self.loaded.file,
            line=self.loaded.line(*here),
            id=table.id,
            on=frozenset(table.on),
            when=self.condition(table.when, (*here, "when")),
            outcome=table.outcome,
            words=table.words,
            charge=self.terms(table.charge, (*here, "charge")),
            pay_with=table.pay_with,
            instruments=table.instruments,
            gives_up=None if table.gives_up is None else self.formula(table.gives_up, (*here, "gives_up"), money=True),
            back=self.terms(table.back, (*here, "back")),
            grant=self.terms(table.grant, (*here, "grant")),
        )

    def terms(self, parts: Sequence[Part | Credit], path: lines.Path) -> tuple[Term, ...]:
        found = []
        for number, part in enumerate(parts):
            amount = self.formula(part.amount, (*path, number, "amount"), money=True)
            if amount is not None:
                credit = (part.as_, part.valid_days) if isinstance(part, Credit) else ((), None)
                found.append(Term(part.for_, amount, *credit))
        return tuple(found)

    def look_at_order(self, tables: tuple[RuleTable, ...]) -> None:
        """A rule that comes after one that always applies never does, and two of one id cannot be distinguished."""
        ids: dict[str, int] = {rule.id: 0 for other in self.before for rule in other.rules} | {"otherwise": 0}
        closed: dict[str, str] = {}
        for number, table in enumerate(tables):
            if table.id in ids:
                self.complain(f"another rule has the id {table.id}", ("rule", number, "id"))
            ids[table.id] = number
            shadows = {closed[act] if act in closed else closed.get("*") for act in table.on}
            if table.on and None not in shadows:
                by = ", ".join(sorted(filter(None, shadows)))
                self.complain(f"never reached: {by} before it always applies", ("rule", number))
            if not table.when:
                closed |= dict.fromkeys(table.on, table.id)

    def look_for_circles(self) -> None:
        """A fact that is worked out from itself."""
        needs = {name: {test.fact for test in comparisons(one)} for name, one in self.conditions.items()}
        for name, made in self.computed.items():
            needs[name] = set(made.by) if isinstance(made, Table) else set(formulas.names(made))
        for name in needs:
            reached, new = set[str](), {name}
            while new:
                new = {inner for one in new for inner in needs.get(one, ())} - reached
                reached |= new
            if name in reached:
                self.complain("this fact is worked out from itself", ("facts", name))

    def look_at_currencies(self, rules: Ruleset) -> None:
        """Amounts are never converted, so a fact is compared with amounts of one currency."""
        for name, asked in all_comparisons(rules).items():
            found = {value.currency for test in asked for value in test.wanted if isinstance(value, Money)}
            if len(found) > 1:
                self.complain(f"{name} is compared with amounts in {' and '.join(sorted(found))}", ("facts", name))
