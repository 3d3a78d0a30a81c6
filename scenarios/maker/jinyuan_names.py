"""Invented Chinese names: surnames by their rough frequency in the north, given names at random."""

from __future__ import annotations

import random

from .sheets import words

SURNAMES = words(
    "王 84 张 80 李 78 刘 52 郭 34 赵 33 杨 30 高 22 武 21 郝 19 贾 19 任 18 陈 18 韩 17 白 15 "
    "闫 15 马 14 段 13 孙 13 牛 13 侯 12 梁 12 温 12 胡 11 宋 11 田 11 吴 11 曹 10 薛 10 冯 10 "
    "孟 10 郑 9 康 9 徐 9 董 9 史 9 程 8 申 8 范 8 周 8 原 7 崔 7 许 7 杜 7 姚 7 常 7 乔 7 石 7 "
    "苏 6 阎 6 秦 6 黄 6 尹 6 邢 6 罗 5 朱 5 何 5 安 5 袁 5 韦 2 谢 5 吕 5 魏 5 靳 5 尚 4 卫 4 "
    "庞 4 祁 4 药 3 成 4 邓 3 雷 4 裴 4 冀 4 樊 4 景 4 焦 4 卢 4 岳 4 潘 3 彭 3 于 4 丁 3 蔡 3 "
    "余 2 叶 2 林 4 荣 2 续 2 耿 4 左 2 令狐 1 上官 1 弓 2 巩 2 畅 2 苗 3 柴 3 智 1 降 1 要 1"
)
MEN_FIRST = "建志国俊文海永玉春明晓新金瑞振宏立德小世子兴铁连成云学继长福鹏彦保庆树凯耀宇浩润向东"
MEN_LAST = "军强平伟华生明东峰斌林龙刚杰亮辉勇飞宁忠义文波涛鹏祥虎旺云山栋奎民俊晖江海春全贵宝清"
WOMEN_FIRST = "秀玉桂丽晓春雪美月瑞海爱淑文小艳红云慧俊素亚彩翠金银改巧婷思佳雅梦永静润芳倩喜"
WOMEN_LAST = "英兰芳梅花珍萍霞玲红娟莲燕琴凤仙丽娥香云敏清叶青婷芬洁荣转静蓉爱蕊妮卿莉琳瑶宁"
MEN_ONE = "军伟强勇斌杰鹏飞亮刚涛辉超磊峰波凯健明晨旭宁帅昊毅栋"
WOMEN_ONE = "丽敏静芳霞艳娟婷玲燕洁红倩娜颖慧琴雪莉瑶璐佳"


class Namer:
    """Draws full names. Namesakes occur, as they do, but no name oftener than `most` times."""

    def __init__(self, rng: random.Random, most: int = 4) -> None:
        self.rng, self.most = rng, most
        self.surnames = SURNAMES[0::2]
        self.weights = [int(weight) for weight in SURNAMES[1::2]]
        self.seen: dict[str, int] = {}

    def draw(self, women: float = 0.3) -> str:
        """One name; `women` is the share of women's names."""
        while True:
            surname = self.rng.choices(self.surnames, self.weights)[0]
            name = surname + self._given(self.rng.random() < women)
            if self.seen.get(name, 0) < self.most:
                self.seen[name] = self.seen.get(name, 0) + 1
                return name

    def _given(self, woman: bool) -> str:
        choice = self.rng.choice
        if self.rng.random() < 0.14:
            return choice(WOMEN_ONE if woman else MEN_ONE)
        first, last = (WOMEN_FIRST, WOMEN_LAST) if woman else (MEN_FIRST, MEN_LAST)
        one, two = choice(first), choice(last)
        while one == two:
            two = choice(last)
        return one + two
