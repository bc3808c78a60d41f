"""Finds the checks in a file of Rust: the conditions that lead to an error, and the calls that stand for themselves.

Not a parser: brackets, strings and comments are read, and the rest is matched by its form, which rustfmt keeps. See
`disable_each_check.py` for what counts as a check.
"""

import re
from dataclasses import dataclass, field

# What the copied tree asks before it checks: whether check `{n}` is off.
SWITCH = "crate::check_is_off"


@dataclass
class Check:
    """One check: where it stands, what it says, and how the source changes so that it can be switched off."""

    path: str
    line: int
    function: str
    kind: str
    text: str
    # (offset, length, replacement with {n} for the number of the switch)
    edits: list = field(default_factory=list)
    number: int = 0
    verdict: str = ""

    def key(self):
        return (self.path, self.function, self.text)

    def shown(self):
        return f"{self.path}:{self.line} {self.function}: {self.text}"


def masked(text):
    """The text with comments blanked out and literals filled with `_`; every offset stays what it is."""
    pattern = re.compile(
        r"//[^\n]*|/\*.*?\*/|\b[bc]?r(?P<hashes>#*)\".*?\"(?P=hashes)|[bc]?\"(?:\\.|[^\"\\])*\"|b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^\\'\n])'",
        re.DOTALL,
    )

    def fill(found):
        # A literal is a value: where a condition ends in one, the condition must not end before it.
        filler = " " if found.group(0).startswith(("//", "/*")) else "_"
        return re.sub(r"[^\n]", filler, found.group(0))

    return pattern.sub(fill, text)


def without_tests(code):
    """The code up to the first item that only tests see."""
    at = code.find("#[cfg(test)]")
    return code if at < 0 else code[:at]


OPEN = {"(": ")", "[": "]", "{": "}"}


def end_of(code, at):
    """The offset behind the bracket that closes the one at `at`."""
    expected = []
    for offset in range(at, len(code)):
        if code[offset] in OPEN:
            expected.append(OPEN[code[offset]])
        elif code[offset] in ")]}":
            if expected.pop() != code[offset]:
                raise ValueError(f"brackets do not match at {offset}")
            if not expected:
                return offset + 1
    raise ValueError(f"no end of the bracket at {at}")


def start_of(code, at):
    """The offset of the bracket around `at`, or -1."""
    depth = 0
    for offset in range(at - 1, -1, -1):
        if code[offset] in ")]}":
            depth += 1
        elif code[offset] in OPEN:
            if depth == 0:
                return offset
            depth -= 1
    return -1


def at_depth_0(code, start, stops):
    """The offset of the first of the regular expressions `stops` outside of all brackets from `start`, or -1."""
    pattern = re.compile("|".join(stops))
    offset = start
    while offset < len(code):
        if code[offset] in OPEN:
            if pattern.match(code, offset):
                return offset
            offset = end_of(code, offset)
            continue
        if code[offset] in ")]}":
            return -1
        if pattern.match(code, offset):
            return offset
        offset += 1
    return -1


def split(code, start, end, operator):
    """The ranges between `operator` outside of all brackets, without white space at their ends."""
    ranges, begin, offset = [], start, start
    while offset < end:
        if code[offset] in OPEN:
            offset = end_of(code, offset)
        elif code.startswith(operator, offset) and is_operator(code, offset, operator):
            ranges.append((begin, offset))
            offset += len(operator)
            begin = offset
        else:
            offset += 1
    ranges.append((begin, end))
    return [trimmed(code, *one) for one in ranges]


def is_operator(code, offset, operator):
    """Whether `||` or `&&` stands between two values: not the `||` of a closure nor the `&&` of a reference."""
    before = code[:offset].rstrip()
    return bool(before) and (before[-1].isalnum() or before[-1] in "_)]}?\"'")


def trimmed(code, start, end):
    part = code[start:end]
    return start + len(part) - len(part.lstrip()), end - (len(part) - len(part.rstrip()))


def surface(code, start, end):
    """The code of a block without what stands in inner blocks."""
    out, offset = [], start
    while offset < end:
        if code[offset] == "{":
            offset = end_of(code, offset)
            continue
        out.append(code[offset])
        offset += 1
    return "".join(out)


def refuses(code, start, end):
    """Whether the block from `start` to `end` ends in an error."""
    inner = surface(code, start + 1, end - 1).strip()
    return bool(re.search(r"\breturn\s+Err\b", inner) or re.search(r"(^|;)\s*Err\s*\([^;]*$", inner))


def passes(code, start, end):
    """Whether the block ends in a value that is not an error."""
    inner = surface(code, start + 1, end - 1).strip()
    return bool(re.search(r"(^|;|return)\s*(Ok|Some)\s*\([^;]*;?$", inner))


class Source:
    """One file and the checks in it."""

    def __init__(self, path, text):
        self.path, self.text = path, text
        self.code = without_tests(masked(text))
        self.checks, self.bound = [], []
        self.taken = set()

    def line(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def function(self, offset):
        name = "-"
        for found in re.finditer(r"\bfn\s+(\w+)", self.code[:offset]):
            body = at_depth_0(self.code, found.end(), [r"\{", ";"])
            if body >= 0 and self.code[body] == "{" and body < offset < end_of(self.code, body):
                name = found.group(1)
        return name

    def is_const(self, offset):
        name = self.function(offset)
        return bool(re.search(rf"\bconst\s+fn\s+{name}\b", self.code))

    def words(self, start, end):
        return " ".join(self.text[start:end].split())

    def add(self, kind, start, end, edits):
        if start in self.taken or self.function(start) == "fmt":
            return
        if self.is_const(start):
            return self.note(start, end)
        self.taken.add(start)
        text = self.words(start, end)
        self.checks.append(Check(self.path, self.line(start), self.function(start), kind, text, edits))

    def note(self, start, end):
        self.bound.append(
            Check(self.path, self.line(start), self.function(start), "bound", self.words(start, end))
        )

    def add_sides(self, kind, start, end, operator, switch):
        """One check for each side of `operator`; `switch` is what stands in front of a side."""
        start, end = trimmed(self.code, start, end)
        sides = split(self.code, start, end, operator)
        # Where both operators stand side by side the weaker one decides, and splitting at the other would be wrong.
        other = "&&" if operator == "||" else "||"
        if operator == "&&" and len(split(self.code, start, end, other)) > 1:
            sides = [(start, end)]
        for left, right in sides:
            self.add(kind, left, right, [(left, 0, f"({switch}("), (right, 0, "))")])


def find(source):
    """Finds the checks of a file."""
    code = source.code
    for found in re.finditer(r"\bif\b", code):
        find_if(source, found.start(), found.end())
    for found in re.finditer(r"\.(filter|is_some_and|is_ok_and|is_none_or)\(\s*(?:move\s*)?\|[^|]*\|", code):
        if found.group(1) != "filter":
            continue
        end = end_of(code, code.index("(", found.start())) - 1
        start, end = trimmed(code, found.end(), end)
        end -= code[start:end].endswith(",")
        if code[start] == "{":
            continue
        source.add_sides("filter", start, end, "&&", f"{SWITCH}({{n}}) || ")
    for found in re.finditer(r"(?<=[;{}])\s*(?=[a-zA-Z_(*])", code):
        find_call(source, found.end())
    find_chains(source)
    find_bound(source)
    return source


def find_if(source, at, after):
    code = source.code
    block = at_depth_0(code, after, [r"\{", "=>"])
    if block < 0:
        return
    is_let = re.match(r"\s*let\b", code[after:])
    if code[block] != "{":
        return find_guard(source, after, block)
    end = end_of(code, block)
    otherwise = re.match(r"\s*else\s*(?=\{)", code[end:])
    start_else = end + otherwise.end() if otherwise else -1
    end_else = end_of(code, start_else) if otherwise else -1
    off, on = f"!{SWITCH}({{n}}) && ", f"{SWITCH}({{n}}) || "
    if refuses(code, block, end):
        if is_let:
            first, last = trimmed(code, after, block)
            source.add("refuse", first, last, [(first, 0, off)])
        else:
            source.add_sides("refuse", after, block, "||", off)
    elif otherwise and refuses(code, start_else, end_else) and not is_let:
        source.add_sides("pass", after, block, "&&", on)
    elif not otherwise and passes(code, block, end) and re.match(r"\s*Err\s*\(", code[end:]) and not is_let:
        source.add_sides("pass", after, block, "&&", on)


def find_guard(source, after, arrow):
    code = source.code
    start, end = trimmed(code, after, arrow)
    if code[start:].startswith("let "):
        return
    outcome = code[arrow + 2 :].lstrip()
    begin = len(code) - len(outcome)
    if outcome.startswith("{"):
        block = (begin, end_of(code, begin))
        is_error, is_value = refuses(code, *block), passes(code, *block)
    else:
        is_error = bool(re.match(r"(return\s+)?Err\s*\(", outcome))
        is_value = bool(re.match(r"(return\s+)?Ok\s*\(", outcome))
    off, on = f"!{SWITCH}({{n}}) && ", f"{SWITCH}({{n}}) || "
    if is_error:
        source.add_sides("guard", start, end, "||", off)
    elif is_value:
        source.add_sides("guard", start, end, "&&", on)


def find_call(source, start):
    """A call that stands for itself and ends in `?;`."""
    code = source.code
    if re.match(r"(let|return|if|match|for|while|loop|use|pub|fn|const|static|impl|mod|break|struct)\b", code[start:]):
        return
    end = at_depth_0(code, start, [";", r"\{", "=(?!=)"])
    if end < 0 or code[end] != ";" or code[end - 1] != "?":
        return
    edits = [
        (start, 0, "{ let outcome = "),
        (end - 1, 2, f"; if !{SWITCH}({{n}}) {{ outcome?; }} }}"),
    ]
    source.add("call", start, end - 1, edits)


def find_chains(source):
    """Sides of an `&&` that no `if`, guard or filter holds."""
    code = source.code
    for found in re.finditer(r"&&", code):
        at = found.start()
        if not is_operator(code, at, "&&"):
            continue
        left, right = ends_of_chain(code, at)
        if left < 0 or re.search(r"\bif\s*$|\bwhile\s*$", code[:left].rstrip() + " "):
            continue
        if any(left <= taken < right for taken in source.taken):
            continue
        if len(split(code, left, right, "||")) > 1 or re.match(r"let\b", code[left:]):
            continue
        source.add_sides("all of", left, right, "&&", f"{SWITCH}({{n}}) || ")


def ends_of_chain(code, at):
    """Where the expression around the operator at `at` begins and ends."""
    around = start_of(code, at)
    if around < 0:
        return -1, -1
    begin, offset = around + 1, around + 1
    while offset < at:
        if code[offset] in OPEN:
            offset = end_of(code, offset)
            if code[offset - 1] == "}" and re.match(r"\s*\n", code[offset:]):
                begin = offset
            continue
        arrow = code.startswith("=>", offset)
        assigned = code[offset] == "=" and code[offset - 1] not in "=!<>" and code[offset + 1] not in "=>"
        if code[offset] in ";," or arrow or assigned:
            begin = offset + (2 if arrow else 1)
        closure = re.match(r"\|[^|]*\|", code[offset:])
        if closure and not is_operator(code, offset, "|"):
            offset += closure.end()
            begin = offset
            continue
        offset += 1
    end = at_depth_0(code, at, [";", ",", r"\{", "=>"])
    if end < 0:
        end = end_of(code, around) - 1
    start, end = trimmed(code, begin, end)
    word = re.match(r"(if|while|return|match)\b\s*", code[start:])
    if word and word.group(1) in ("if", "while", "match"):
        return -1, -1
    return (start + word.end() if word else start), end


def find_bound(source):
    """What cannot be switched off because a value comes of it."""
    code = source.code
    for found in re.finditer(r"\.ok_or(?:_else)?\(|\belse\s*\{\s*return\s+Err\b|=>\s*(?:return\s+)?Err\s*\(", code):
        start = code.rfind("\n", 0, found.start()) + 1
        end = code.find("\n", found.end())
        if not any(source.line(check_at) == source.line(start) for check_at in source.taken):
            source.note(start, end)
