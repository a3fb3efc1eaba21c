/* SPDX-License-Identifier: BSD-2-Clause */
/* store_schema.c: see store_schema.h. */
#include "store_schema.h"

#include <stddef.h>

const struct store_table store_tables[] = {
    /* A process and what it forked, as one execution of a test. `started`:
     * nanoseconds since 1970. `refused`: the validator never came to life. */
    {"run",
     "id, test, program, started, processes, threads, acquisitions, "
     "instances, chains, misses, lost, refused",
     "id BIGINT PRIMARY KEY, test TEXT NOT NULL, program TEXT NOT NULL, "
     "started BIGINT NOT NULL, processes BIGINT NOT NULL, "
     "threads BIGINT NOT NULL, acquisitions BIGINT NOT NULL, "
     "instances BIGINT NOT NULL, chains BIGINT NOT NULL, "
     "misses BIGINT NOT NULL, lost BIGINT NOT NULL, refused BIGINT NOT NULL",
     "id", "DO NOTHING"},
    /* A lock class. `key` is what a rebuild and an edit elsewhere keep.
     * `instances`: the most locks of it that one run took. `kind`: declared,
     * static, init, first, frame. `site`: a stack, where it is first taken. */
    {"class",
     "id, name, key, place, module, kind, family, subclass, instances, site",
     "id BIGINT PRIMARY KEY, name TEXT NOT NULL, key TEXT NOT NULL, "
     "place TEXT NOT NULL, module TEXT NOT NULL, kind TEXT NOT NULL, "
     "family BIGINT NOT NULL, subclass BIGINT NOT NULL, "
     "instances BIGINT NOT NULL, site BIGINT NOT NULL",
     "id",
     "DO UPDATE SET "
     "module = CASE WHEN excluded.module < class.module "
     "THEN excluded.module ELSE class.module END, "
     "family = CASE WHEN excluded.family < class.family "
     "THEN excluded.family ELSE class.family END, "
     "instances = CASE WHEN excluded.instances > class.instances "
     "THEN excluded.instances ELSE class.instances END, "
     "site = CASE WHEN excluded.site < class.site "
     "THEN excluded.site ELSE class.site END"},
    /* One call. `near`: the function is only the nearest symbol. */
    {"frame", "id, function, file, line, module, place, inlined, near",
     "id BIGINT PRIMARY KEY, function TEXT NOT NULL, file TEXT NOT NULL, "
     "line BIGINT NOT NULL, module TEXT NOT NULL, place BIGINT NOT NULL, "
     "inlined BIGINT NOT NULL, near BIGINT NOT NULL",
     "id", "DO NOTHING"},
    /* A stack is its innermost frame and the stack of the callers, 0: none. */
    {"stack", "id, frame, caller",
     "id BIGINT PRIMARY KEY, frame BIGINT NOT NULL, caller BIGINT NOT NULL",
     "id", "DO NOTHING"},
    /* A lock of to_class was waited for while one of from_class was held.
     * `kind`: EN, ER, SN, SR. Of one class inside itself: was a lock of a
     * higher address ever taken inside a lower one (`up`), and the other way
     * (`down`)? */
    {"dependency", "id, from_class, to_class, kind, up, down",
     "id BIGINT PRIMARY KEY, from_class BIGINT NOT NULL, "
     "to_class BIGINT NOT NULL, kind TEXT NOT NULL, up BIGINT NOT NULL, "
     "down BIGINT NOT NULL",
     "id",
     "DO UPDATE SET up = CASE WHEN excluded.up > dependency.up "
     "THEN excluded.up ELSE dependency.up END, "
     "down = CASE WHEN excluded.down > dependency.down "
     "THEN excluded.down ELSE dependency.down END"},
    /* Which run showed it, and in how many ways. */
    {"seen", "run, dependency, count",
     "run BIGINT NOT NULL, dependency BIGINT NOT NULL, count BIGINT NOT NULL, "
     "PRIMARY KEY (run, dependency)",
     "run, dependency", "DO NOTHING"},
    /* A set of locks that were held besides. `how`: as record_format.h. */
    {"gate", "gates, class, how",
     "gates BIGINT NOT NULL, class BIGINT NOT NULL, how BIGINT NOT NULL, "
     "PRIMARY KEY (gates, class)",
     "gates, class", "DO NOTHING"},
    /* What shows a dependency: the 8 with the fewest gates, of these those of
     * the smallest ids. `held_at` and `wanted_at` are stacks. */
    {"witness",
     "dependency, gate_count, id, run, gates, thread, held_at, wanted_at, "
     "held_how, wanted_how",
     "dependency BIGINT NOT NULL, gate_count BIGINT NOT NULL, "
     "id BIGINT NOT NULL, run BIGINT NOT NULL, gates BIGINT NOT NULL, "
     "thread TEXT NOT NULL, held_at BIGINT NOT NULL, "
     "wanted_at BIGINT NOT NULL, held_how BIGINT NOT NULL, "
     "wanted_how BIGINT NOT NULL, PRIMARY KEY (dependency, gate_count, id)",
     "dependency, gate_count, id", "DO NOTHING"},
    /* What single runs showed. `document`: JSON, in which stacks are ids; of
     * several runs' that of the smallest id. `grade`: '' for a misuse. Of kind
     * `confirmation` it is what reruns of the program showed of the finding of
     * that fingerprint, and the grade `confirmed` or `not confirmed`. */
    {"finding", "fingerprint, grade, kind, id, document",
     "fingerprint TEXT NOT NULL, grade TEXT NOT NULL, kind TEXT NOT NULL, "
     "id BIGINT NOT NULL, document TEXT NOT NULL, "
     "PRIMARY KEY (fingerprint, grade)",
     "fingerprint, grade",
     "DO UPDATE SET kind = excluded.kind, id = excluded.id, "
     "document = excluded.document WHERE excluded.id < finding.id"},
    {"found", "run, fingerprint, grade, count",
     "run BIGINT NOT NULL, fingerprint TEXT NOT NULL, grade TEXT NOT NULL, "
     "count BIGINT NOT NULL, PRIMARY KEY (run, fingerprint, grade)",
     "run, fingerprint, grade", "DO NOTHING"},
    /* Raw sequence-count writes. `verdict`: proved, refuted, unneeded. `key`
     * is of the lock, the site and the verdict. */
    {"exception", "key, verdict, id, document",
     "key BIGINT PRIMARY KEY, verdict TEXT NOT NULL, id BIGINT NOT NULL, "
     "document TEXT NOT NULL",
     "key",
     "DO UPDATE SET id = excluded.id, document = excluded.document "
     "WHERE excluded.id < exception.id"},
    {"excepted", "run, exception, count",
     "run BIGINT NOT NULL, exception BIGINT NOT NULL, count BIGINT NOT NULL, "
     "PRIMARY KEY (run, exception)",
     "run, exception", "DO NOTHING"},
    {NULL, NULL, NULL, NULL, NULL},
};

const char store_trim[] =
    "DELETE FROM witness WHERE (dependency, gate_count, id) IN ("
    "SELECT dependency, gate_count, id FROM ("
    "SELECT dependency, gate_count, id, row_number() OVER "
    "(PARTITION BY dependency ORDER BY gate_count, id) AS place FROM witness "
    "WHERE dependency IN (SELECT dependency FROM touched)) AS ranked "
    "WHERE place > 8)";
