#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# private-copy.sh: makes one object file out of jemalloc's static library in
# which nothing has jemalloc's names and nothing calls what the program, or our
# own hooks, could define. Run by meson.build in this directory.
#
#   private-copy.sh <output.o> <libjemalloc_pic.a> <ar> <nm> <ld> <objcopy>
#
# Defined symbols get the prefix lv_je_. Undefined ones get the prefix lv_os_,
# but for those listed under `libc` below: pure functions, and what the compiler
# calls. memory_jemalloc.c defines lv_os_*; a function that a newer jemalloc
# calls and that is not there fails the link, so that somebody decides about it.
set -eu

output=$1 archive=$2 ar=$3 nm=$4 ld=$5 objcopy=$6

libc='
abort
memchr memcmp memcpy memmove memset
strchr strcmp strcpy strlen strncmp strncpy
__ctype_b_loc __errno_location __stack_chk_fail
__stack_chk_guard __popcountdi2 __popcountsi2
_GLOBAL_OFFSET_TABLE_
'
kept='aligned_alloc calloc realloc free malloc_usable_size malloc_conf'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM

# Relative names would be searched in the scratch directory.
case $archive in /*) ;; *) archive=$PWD/$archive ;; esac
(cd "$scratch" && "$ar" x "$archive")
# operator new and delete would be ours for every C program that loads C++.
rm -f "$scratch"/jemalloc_cpp*.o
"$ld" -r -o "$scratch/whole.o" "$scratch"/*.o

"$nm" --defined-only --extern-only --format=posix "$scratch/whole.o" |
    awk '{ print $1, "lv_je_" $1 }' >"$scratch/renamed"
printf '%s\n' $libc >"$scratch/libc"
"$nm" --undefined-only --format=posix "$scratch/whole.o" |
    awk -v libc="$scratch/libc" '
        BEGIN { while ((getline name < libc) > 0) keep[name] = 1 }
        !($1 in keep) && $1 !~ /^__aarch64_/ { print $1, "lv_os_" $1 }
    ' >>"$scratch/renamed"
# Its constructor goes: the first call initialises, and it is ours.
"$objcopy" --redefine-syms="$scratch/renamed" \
    --remove-section=.init_array --remove-section=.rela.init_array \
    --remove-section=.ctors --remove-section=.rela.ctors \
    --strip-debug "$scratch/whole.o" "$scratch/renamed.o"
printf 'lv_je_%s\n' $kept >"$scratch/kept"
"$objcopy" --keep-global-symbols="$scratch/kept" "$scratch/renamed.o" "$output"
