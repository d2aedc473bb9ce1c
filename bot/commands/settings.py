"""A rep's own settings: language and time zone."""

from __future__ import annotations

from bot import command
from bot.phrases import N_
from crm_core import clock, errors

commands = command.Commands("settings")
LANGUAGES = {
    "zh": "zh",
    "中文": "zh",
    "汉语": "zh",
    "简体": "zh",
    "简体中文": "zh",
    "chinese": "zh",
    "en": "en",
    "英文": "en",
    "英语": "en",
    "english": "en",
}
ZONES = {
    "北京": "Asia/Shanghai",
    "上海": "Asia/Shanghai",
    "中国": "Asia/Shanghai",
    "beijing": "Asia/Shanghai",
    "香港": "Asia/Hong_Kong",
    "台北": "Asia/Taipei",
    "东京": "Asia/Tokyo",
    "日本": "Asia/Tokyo",
    "首尔": "Asia/Seoul",
    "新加坡": "Asia/Singapore",
    "曼谷": "Asia/Bangkok",
    "迪拜": "Asia/Dubai",
    "伦敦": "Europe/London",
    "柏林": "Europe/Berlin",
    "巴黎": "Europe/Paris",
    "莫斯科": "Europe/Moscow",
    "纽约": "America/New_York",
    "洛杉矶": "America/Los_Angeles",
    "悉尼": "Australia/Sydney",
}
CONTINENTS = ("Asia", "Europe", "America", "Australia", "Africa", "Pacific")


@commands.command(
    "settings",
    names=(("语言", "时区"), ("language", "tz")),
    examples=("语言 英文", "lang zh"),
    summary=N_("Your language and time zone"),
    risk=command.Risk.WRITE,
)
def settings(
    turn: command.Turn,
    *,
    language: str = "",
    timezone: str = "",
    code: str = "",
    mute: str = "",
    digest: str = "",
) -> command.Done:
    """Change how the bot talks to this rep."""
    if code:
        raise errors.Refusal("setting.bound-already", name=turn.rep.name)
    if mute or digest:
        raise errors.Refusal("setting.not-built")
    if language:
        return _speak(turn, language)
    return _move(turn, timezone)


def _speak(turn: command.Turn, language: str) -> command.Done:
    chosen = LANGUAGES.get(language.strip().casefold())
    if chosen is None:
        raise errors.Refusal("setting.language-unknown")
    turn.rep.language = chosen
    return command.Done(facts=(turn.say("I speak English with you now"),))


def _move(turn: command.Turn, timezone: str) -> command.Done:
    named = timezone.strip()
    city = named.title().replace(" ", "_")
    candidates = [ZONES.get(named.casefold(), named), *(f"{c}/{city}" for c in CONTINENTS)]
    for candidate in candidates:
        try:
            clock.zone(candidate)
        except ValueError:
            continue
        turn.rep.timezone = candidate
        now = turn.now.astimezone(turn.zone)
        return command.Done(
            facts=(turn.say("time zone {zone}, now {time}", zone=candidate, time=f"{now:%H:%M}"),)
        )
    raise errors.Refusal("setting.zone-unknown", name=named)
