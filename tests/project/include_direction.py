#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""include_direction: every room includes only what ARCHITECTURE.md lets it.

RULES is the table: the first row whose pattern fits a file holds for it. A row
lists the project headers that may be included: one of libvalidator/ by its name,
one of libvalidator/include/ as programs write it, any other by its path. Those
of a file's own folder are always among them outside libvalidator/.
Headers may not include each other in a circle.
"""
import fnmatch
import pathlib
import re
import sys

ROOMS = ("libvalidator", "interpose", "tools", "examples", "tests")

# What the engine and the tools share: no state of a process.
MEMORY = ("memory.h", "table.h", "hash.h")
ORDER = ("order.h", "graph.h", "segment.h", "exception.h", "record_format.h")
WITNESS = ("witness.h", "classes.h", "listing.h", "order_*.h") # theirs alone
ORDER_PARTS = ("order_internal.h", "witness.h", "classes.h")
WHERE = ("module.h", "record_format.h", "raw.h",
         "cfi.h", "step.h", "walk.h", "unwind.h")

RULES = (
    # What programs include stands alone.
    ("libvalidator/include/*", ("lockval.h", "lockval/*.h")),
    # The ground: nothing of ours below it.
    ("libvalidator/record_format.h", ()),
    ("libvalidator/memory.h", ()),
    ("libvalidator/memory_*.c", ("memory.h", "raw.h")),
    ("libvalidator/raw.h", ()),
    ("libvalidator/table.*", MEMORY),
    ("libvalidator/hash.*", MEMORY),
    ("libvalidator/option.*", ("option.h",)),
    # The graph sees no lock.
    ("libvalidator/graph*", ("graph*.h",) + MEMORY),
    # Orders see records, but no thread and no process.
    ("libvalidator/segment.*", ("segment.h",) + MEMORY),
    ("libvalidator/order*", ORDER + WITNESS + MEMORY),
    ("libvalidator/exception.*", ORDER + WITNESS + MEMORY),
    ("libvalidator/witness.*", ORDER + WITNESS + MEMORY),
    ("libvalidator/grade.c", ORDER + WITNESS + MEMORY),
    ("libvalidator/class*es.*", ORDER + WITNESS + MEMORY),
    ("libvalidator/cycles.c", ORDER + WITNESS + MEMORY),
    ("libvalidator/across.c", ORDER + WITNESS + MEMORY),
    ("libvalidator/siblings.c", ORDER + WITNESS + MEMORY),
    ("libvalidator/dependencies.c", ORDER + WITNESS + MEMORY),
    ("libvalidator/listing.h", ORDER + WITNESS + MEMORY),
    # The fast path allocates nothing and is inlined into every hook.
    ("libvalidator/held.h", ("record_format.h",)),
    ("libvalidator/event.h", ("held.h", "record_format.h")),
    # Where an address lies and who called: below all that knows a lock.
    ("libvalidator/module.*", WHERE[:3] + MEMORY),
    ("libvalidator/cfi.*", WHERE + MEMORY),
    ("libvalidator/step.*", WHERE + MEMORY),
    ("libvalidator/walk.*", WHERE + MEMORY),
    ("libvalidator/unwind.*", WHERE + MEMORY),
    ("libvalidator/record.*", ("record.h", "record_format.h", "raw.h") + MEMORY),
    # The rest of the engine: anything of the engine's own.
    ("libvalidator/*", ("*.h", "lockval.h")),
    # Hooks tell events; what a hook must do itself is in raw and unwind.
    ("interpose/*", ("event.h", "held.h", "record_format.h", "unwind.h",
                     "memory.h", "raw.h")),
    # Tools read records: never the state of the process under test.
    ("tools/*", ORDER + MEMORY + ("option.h",)),
    # Examples are programs like any other.
    ("examples/*", ("lockval.h", "lockval/*.h")),
    ("tests/*", ("*.h", "*/*.h", "*/*/*.h", "*/*/*/*.h")),
)


def project_headers(root):
    """Names by which one of our headers is included, and its file."""
    names = {}
    for path in root.glob("libvalidator/*.h"):
        names[path.name] = path
    for path in root.glob("libvalidator/include/**/*.h"):
        name = path.relative_to(root / "libvalidator/include").as_posix()
        names[name] = names["include/" + name] = path
    return names


def includes(path):
    text = path.read_text(encoding="utf-8")
    return re.findall(r'^\s*#\s*include\s*["<]([^">]+)[">]', text, re.MULTILINE)


def resolve(path, name, headers):
    """The project's file that `name` means in `path`; None for the system's."""
    beside = path.parent / name
    return beside if beside.is_file() else headers.get(name)


def rule_for(relative):
    return next(allowed for pattern, allowed in RULES
                if fnmatch.fnmatch(relative, pattern))


def plain_name(target, root):
    """A header as RULES names it."""
    relative = target.resolve().relative_to(root).as_posix()
    for prefix in ("libvalidator/include/", "libvalidator/"):
        relative = relative.removeprefix(prefix)
    return relative


def fits(name, pattern):
    """A `*` stands for a part of a name, not for folders."""
    return (name.count("/") == pattern.count("/")
            and fnmatch.fnmatch(name, pattern))


def allowed_here(path, target, allowed, root):
    own = path.parent == target.parent
    if own and path.parent != root / "libvalidator":
        return True
    name = plain_name(target, root)
    return any(fits(name, pattern) for pattern in allowed)


def check_file(path, root, headers):
    relative = path.relative_to(root).as_posix()
    allowed = rule_for(relative)
    for name in includes(path):
        target = resolve(path, name, headers)
        if target and not allowed_here(path, target, allowed, root):
            yield f"{relative} includes {name}"


def check_circles(root, headers):
    """A header that reaches itself through includes."""
    edges = {path: [t for t in (resolve(path, n, headers)
                                for n in includes(path)) if t]
             for path in set(headers.values())}
    for start in edges:
        seen, todo = set(), list(edges[start])
        while todo:
            path = todo.pop()
            if path not in seen:
                seen.add(path)
                todo += edges.get(path, [])
        if start in seen:
            yield f"{start.relative_to(root)} includes itself in a circle"


def main(root):
    headers = project_headers(root)
    files = sorted(p for room in ROOMS for p in (root / room).rglob("*")
                   if p.suffix in (".c", ".h", ".cc"))
    wrong = [w for p in files for w in check_file(p, root, headers)]
    wrong += check_circles(root, headers)
    print("\n".join(wrong) or f"{len(files)} files include what they may")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
