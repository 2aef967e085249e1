"""Names, telephones and addresses of the county's people."""

from __future__ import annotations

import numpy as np

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华玉萍红建国文斌志新海燕春梅晓东波宇浩凯健俊鹏飞雪琳"
    "晨曦子涵梓轩一诺思远欣怡雨佳宁博雅琪"
)
_DOUBLE = ("欧阳", "上官", "司马", "诸葛")
_MOBILE = ("130", "131", "135", "136", "137", "138", "139", "150", "151", "158", "177", "180", "186", "188", "189")
ROADS = (
    "人民路", "解放路", "长桥路", "滨江路", "南湖路", "青石街", "学府路", "朝阳街", "迎宾大道", "新河路",
)  # fmt: skip
ESTATES = ("锦绣花园", "江滨小区", "南山新村", "翠湖苑", "阳光家园", "东方名城", "梧桐里", "福安小区")
VILLAGES = (
    "东江村", "西塘村", "新河村", "北港村", "石桥村", "杨家湾", "李家庄", "上塘村", "荷花村", "大树村",
)  # fmt: skip


def person_name(drawn: np.ndarray) -> str:
    """A name of two to four characters, of ten drawn numbers."""
    n = [int(x) for x in drawn]
    # Common surnames are common: the lower the place, the likelier.
    place = (n[0] % len(_SURNAMES)) * (n[1] % len(_SURNAMES)) // len(_SURNAMES)
    surname = _DOUBLE[n[0] % 4] if n[2] % 90 == 0 else _SURNAMES[place]
    given = _GIVEN[n[3] % len(_GIVEN)] + (_GIVEN[n[4] % len(_GIVEN)] if n[2] % 10 < 7 else "")
    return surname + given


def phone(drawn: np.ndarray) -> str:
    """A mobile number."""
    return f"{_MOBILE[int(drawn[5]) % len(_MOBILE)]}{int(drawn[6]) % 10**8:08d}"


def address(kind: str, area: str, drawn: np.ndarray) -> str:
    """Where a customer of a class lives or works in a transformer area."""
    n, place = [int(x) for x in drawn], int(area[1:])
    if kind in ("residential-rural", "agriculture-pump"):
        return f"东江县{VILLAGES[place % len(VILLAGES)]}{n[7] % 12 + 1}组{n[8] % 90 + 1}号"
    if kind in ("residential-urban", "ev-home"):
        estate = ESTATES[place % len(ESTATES)]
        return f"东江县{estate}{n[7] % 18 + 1}栋{n[8] % 3 + 1}单元{n[9] % 17 + 1}0{n[9] % 4 + 1}室"
    return f"东江县{ROADS[place % len(ROADS)]}{n[7] % 300 + 1}号"
