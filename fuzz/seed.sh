#!/bin/sh
# Fills fuzz/corpus with the protocols and the library, whole and item by item, and writes fuzz/words.dict.
set -eu
cd "$(dirname "$0")/.."
for target in check format; do
    mkdir -p "fuzz/corpus/$target"
    for file in protocols/*.trial library/*.trial tests/format/*.trial tests/codes/*.trial; do
        [ -e "$file" ] || continue
        name=$(echo "$file" | tr / _)
        cp "$file" "fuzz/corpus/$target/$name"
        # Paragraphs: short texts are tried more often.
        awk -v to="fuzz/corpus/$target/$name" 'BEGIN { RS = "" } { out = to "." NR; print > out; close(out) }' "$file"
    done
done
{
    sed -n 's/^[kc]_[A-Za-z_0-9]* = @{ "\(.*\)" ~ !wc }.*/"\1 "/p' grammar/words.pest
    printf '"%s"\n' '<=' '>=' '!=' '..' ': ' '{ ' ' }' '(' ')' ', ' '//' '\x0a' '\x5c\x22' ' mg/d' ' g/L' ' 10*9/L' ' %' \
        '2021-03-31' '1:1' '-3..+3 days' '{1.73_m2}' '\xc2\xb5' '\xe2\x89\xa4'
} > fuzz/words.dict
