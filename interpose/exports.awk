# SPDX-License-Identifier: BSD-2-Clause
# exports.awk: the version script of libvalidator.so, made from hooks.def.
BEGIN { print "{\n  global:" }
/^HOOK\(/ {
    split($0, part, /[(,]/)
    print "    " part[2] ";"
}
END { print "    lockval_ops_v1;\n  local:\n    *;\n};" }
