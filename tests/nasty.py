"""Text that breaks careless programs, for every place where people may write."""

from __future__ import annotations

SQL = [
    "'; DROP TABLE customers; --",
    "' OR '1'='1",
    '" OR ""="',
    "1;SELECT pg_sleep(10)",
    "Robert'); DELETE FROM deals;--",
    "100%",
    "under_score",
    "back\\slash",
    "\\' \\\" \\n",
    "$1 $$ $tag$ :name ?1 %s %(x)s {0} {name}",
]
MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "]]>",
    "<![CDATA[x]]>",
    "&lt;&amp;&#0;&#x110000;",
    "<!--",
    '<a href="javascript:alert(1)">x</a>',
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    "\u2028\u2029",
    "%00 %0d%0a",
]
SHELL = [
    "$(reboot)",
    "`reboot`",
    "../../etc/passwd",
    "C:\\nul",
    "=1+1",
    "@SUM(1)",
    "-2+3",
    "+1|cmd",
]
NUMBERS = ["NaN", "Infinity", "-0", "1e309", "0x7F", "１２３", "Ⅻ", "²", "999999999999999999999"]
WORDS = ["null", "None", "undefined", "true", "nil", "\\N", "CON", "ﬁ", "İstanbul", "ß", "ſ"]
SCRIPTS = [
    "微信用户·a8f3",
    "云南茶廠（臺灣）",
    "𠮷野家𪚥",
    "فيديو عربي",
    "עברית \u200f mixed 123",
    "ไทยอักษร",
    "हिन्दी क्षत्रिय",
    "한국어 한글",
    "Ω≈ç√∫˜µ≤≥÷",
    "Z̸̡̢̛̗̖̘a͍͎͏l̴̵g̷̶o̸̷",
    "e\u0301 é",
]
EMOJI = ["😀", "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏿", "🇨🇳", "❤️", "1️⃣", "\U0001f9d1\u200d\U0001f4bb"]
INVISIBLE = [
    "a\u200bb",
    "a\u200db",
    "\u202eevil\u202c",
    "\u2066x\u2069",
    "a\u00adb",
    "\ufeffbom",
    "a\u3164b",
    "\ufffe\uffff",
    "\u0085next",
    "tab\there",
    "line\nbreak\r\nend",
    "bell\x07\x1b[31mred\x1b[0m",
    "\x7f\x80\x9f",
]
STORABLE = [*SQL, *MARKUP, *SHELL, *NUMBERS, *WORDS, *SCRIPTS, *EMOJI, *INVISIBLE, "x" * 10_000]
"""Kept to the letter by both databases."""

CHANGED = {
    "a\x00b": "ab",
    "\x00\x00": "",
    "half \ud83d pair": "half \ufffd pair",
    "\ude00\ud83d": "\ufffd\ufffd",
    "NUL \x00 and \udfff": "NUL  and \ufffd",
}
"""What no database can keep, and what is kept of it."""
