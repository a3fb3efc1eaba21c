#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# private-jemalloc.sh: one object file out of jemalloc's static library that
# takes no name of the C library's: the model's arena, never its malloc.
#
#   private-jemalloc.sh OUTPUT ARCHIVE AR NM LD OBJCOPY
#
# What it defines gets the prefix mm_je_; its mutexes become arena.c's, which
# the validator does not see, like all that is below the model's own locks.
set -eu

output=$1 archive=$2 ar=$3 nm=$4 ld=$5 objcopy=$6

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM

# Relative names would be searched in the scratch directory.
case $archive in /*) ;; *) archive=$PWD/$archive ;; esac
(cd "$scratch" && "$ar" x "$archive")
# operator new and delete would be the program's.
rm -f "$scratch"/jemalloc_cpp*.o
"$ld" -r -o "$scratch/whole.o" "$scratch"/*.o

"$nm" --defined-only --extern-only --format=posix "$scratch/whole.o" |
    awk '{ print $1, "mm_je_" $1 }' >"$scratch/renamed"
for name in init lock trylock unlock; do
    echo "pthread_mutex_$name mm_je_mutex_$name"
done >>"$scratch/renamed"
# Its constructor goes: the first call initialises, and it is ours.
"$objcopy" --redefine-syms="$scratch/renamed" \
    --remove-section=.init_array --remove-section=.rela.init_array \
    --strip-debug "$scratch/whole.o" "$scratch/renamed.o"
printf 'mm_je_%s\n' mallctl mallocx malloc_conf >"$scratch/kept"
"$objcopy" --keep-global-symbols="$scratch/kept" "$scratch/renamed.o" "$output"
