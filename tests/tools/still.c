/* SPDX-License-Identifier: BSD-2-Clause */
/* still: does nothing; linked statically. */
int main(void)
{
    return 0;
}
