"""A group's chat, as the clients write it down. The people in it are roles."""

from collections.abc import Sequence

from services.intake.chats.wechat import Message

DESKTOP = """\
楼长-3号楼 2023/11/20 19:02:11
3号楼楼道灯又不亮了，老人上下楼摸黑

居民~1 2023/11/20 19:03:40
[图片]

居民~2 2023/11/20 19:04:02
「楼长-3号楼：3号楼楼道灯又不亮了，老人上下楼摸黑」
- - - - - - - - - - - - - - -
我家也是，上周就坏了

居民~3 2023/11/20 19:05:55
明天谁去买菜

楼长-3号楼 2023/11/20 19:06:30
[图片]

"居民~3"邀请"居民~9"加入了群聊
居民~4 2023/11/21 8:15:00
南门口的垃圾好几天没人收了，太臭
能不能反映一下
居民~5 2023/11/21 8:15:30
+1

网格员 2023/11/21 8:20:00
收到，马上联系
"""

BY_MAIL = """\
Dear:

"如意小区业主群"的聊天记录如下:

—————  2023-11-20  —————


楼长-3号楼  19:02

3号楼楼道灯又不亮了，老人上下楼摸黑


居民~1  19:03

[图片: 5e1.jpg(请在附件中查看)]


—————  2023-11-21  —————


居民~4  08:15

南门口的垃圾好几天没人收了，太臭
能不能反映一下
"""

DRAGGED = """\
楼长-3号楼:
3号楼楼道灯又不亮了，老人上下楼摸黑

居民~1:
[图片]
"""


def desktop(chat: Sequence[Message]) -> str:
    """Each head with its date."""
    return "\n".join(f"{one.speaker} {one.said_at:%Y/%m/%d %H:%M:%S}\n{body(one)}\n" for one in chat)


def by_mail(chat: Sequence[Message]) -> str:
    """Days on lines of their own."""
    lines: list[str] = []
    day = ""
    for one in chat:
        assert one.said_at is not None
        if day != (day := f"{one.said_at:%Y-%m-%d}"):
            lines.append(f"—————  {day}  —————")
        lines.append(f"\n{one.speaker}  {one.said_at:%H:%M}\n\n{body(one)}\n")
    return "\n".join(lines)


def dragged(chat: Sequence[Message]) -> str:
    """Names only."""
    return "\n".join(f"{one.speaker}:\n{body(one)}\n" for one in chat)


def body(one: Message) -> str:
    quoted = f"「{one.quotes.speaker}：{one.quotes.text}」\n- - - - - - - - - - - - - - -\n" if one.quotes else ""
    return f"{quoted}{one.text}"
