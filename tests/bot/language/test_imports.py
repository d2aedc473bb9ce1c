import subprocess
import sys

HEAVY = ("pypinyin", "chinese_calendar", "lunardate", "rapidfuzz", "sqlalchemy", "aiohttp", "jieba")


def test_importing_the_language_loads_nothing_heavy():
    script = (
        "import sys; from bot.language import router;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_a_plain_command_loads_nothing_heavy_either():
    script = (
        "import sys; from datetime import datetime, UTC; from bot.language import router;"
        "from bot.language.understanding import Context;"
        "router.understand('华美 改8.5w 明天签', Context(now=datetime"
        "(2026,11,22,tzinfo=UTC), tz=UTC));"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
