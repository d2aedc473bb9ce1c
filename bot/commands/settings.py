"""A rep's own settings: language, time zone and quiet hours."""

from __future__ import annotations

import datetime as dt
import re

from bot import command
from bot.phrases import N_
from crm_core import clock, errors, presence

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
OFF = frozenset({"off", "关", "关闭", "取消", "no"})
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
EVENING = 12 * HOUR
"""How long 免打扰 without a time lasts."""
_LASTS = re.compile(r"(?:for )?(?P<count>\d{1,3}) ?(?P<unit>个?小时|h|hours?|分钟?|m|min|minutes?)")
CONTINENTS = ("Asia", "Europe", "America", "Australia", "Africa", "Pacific")


@commands.command(
    "settings",
    names=(("语言", "时区", "免打扰"), ("language", "tz", "mute")),
    examples=("语言 英文", "lang zh"),
    summary=N_("Your language, time zone and quiet hours"),
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
    at: dt.datetime | None = None,
) -> command.Done:
    """Change how, and when, the bot talks to this rep."""
    if code:
        raise errors.Refusal("setting.bound-already", name=turn.rep.name)
    if digest:
        raise errors.Refusal("setting.not-built")
    if mute or at is not None:
        return _mute(turn, mute, at)
    if language:
        return _speak(turn, language)
    return _move(turn, timezone)


def _mute(turn: command.Turn, mute: str, at: dt.datetime | None) -> command.Done:
    """免打扰: for some hours, until a moment, or every day from one hour to another."""
    _ = turn.say
    lasts = _LASTS.fullmatch(mute.strip())
    if mute.strip().casefold() in OFF:
        presence.keep_quiet(turn.rep, "")
        turn.rep.dnd_until = None
        return command.Done(facts=(_("notices come at any time"),))
    if lasts is not None:
        unit = HOUR if lasts["unit"][0] in "小个h" else MINUTE
        at = turn.now + int(lasts["count"]) * unit
    elif mute == "on":
        at = turn.now + EVENING
    if at is not None:
        presence.mute(turn.rep, at, turn.now)
        when = f"{at.astimezone(turn.zone):%m-%d %H:%M}"
        return command.Done(
            facts=(_("no notices until {when}", when=when),),
            notes=(_("Nothing is lost: you get it then, or with “back”"),),
        )
    presence.keep_quiet(turn.rep, mute)
    return command.Done(
        facts=(_("quiet every day {hours}", hours=turn.rep.quiet_hours),),
        notes=(_("Nothing is lost: you get it then, or with “back”"),),
    )


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
