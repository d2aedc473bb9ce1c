from dataclasses import dataclass


@dataclass(frozen=True)
class NameKey:
    kind: str
    value: str


def normalise_name(text: str) -> str:
    return "".join(text.split()).casefold()


def keys(name: str) -> list[NameKey]:
    return [NameKey("norm", normalise_name(name))]
