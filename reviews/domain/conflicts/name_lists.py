"""Facts about names that `names` needs: short, and open to additions."""

from __future__ import annotations

from reviews.domain.conflicts.text import listed

#: Words before a family name that people leave out or write in several ways.
PARTICLES = listed(
    "af al bin bint ben da dal dalla das de degli dei del della der den di do dos du el ibn la las le lo los "
    "ter ten van vande vander von vom und y zu zum zur"
)

#: Not part of a name.
TITLES = listed("dr prof professor mr mrs ms mx phd msc bsc md ing dipl jr sr ii iii iv")

#: Family names that so many researchers share that the full name often belongs to several of them.
COMMON_SURNAMES = listed(
    "ahmed ahn an bae bai baek cai cao chan chang chao chen cheng cheung chi chiang cho choi chou chu chung cui dai "
    "dang deng ding dinh do dong duan fan fang feng fu gao ge gong gu guan guo gupta ha han hang hao he ho hoang hong "
    "hou hsieh hsu hu hua huang huynh hwang im jang jeon jeong ji jia jiang jin jo joo jung kang kim ko kong koo kumar "
    "kuo kwak kwon lai lam lau le lee lei leung li liang liao lim lin ling liu lo lu luo luu lv lyu ma mai mao meng mo "
    "nam ng ngo nguyen noh oh ong ouyang pan park patel peng pham phan qi qian qiao qin qiu rao ren rong ryu seo sharma "
    "shao shen sheng shi shin shu singh sinha sohn son song su suh sun tan tang tao teng tian ting tong tran truong "
    "tsai tseng vo vu wan wang wei wen weng won wong woo wu xia xiang xiao xie xin xing xiong xu xue yan yang yao ye "
    "yeh yi yin yoo yoon you yu yuan yue yun zeng zhan zhang zhao zheng zhong zhou zhu zhuang zou"
)

_PAIRS = (
    "alexander alex",
    "alexandra alex",
    "andrew andy",
    "anthony tony",
    "benjamin ben",
    "christopher chris",
    "christian chris",
    "daniel dan",
    "david dave",
    "edward ed",
    "francesco franco",
    "frederick fred",
    "giuseppe beppe",
    "gregory greg",
    "jacob jake",
    "james jim",
    "jeffrey jeff",
    "jonathan jon",
    "joseph joe",
    "katherine kate",
    "kenneth ken",
    "matthew matt",
    "michael mike",
    "nicholas nick",
    "nikolaos nikos",
    "patrick pat",
    "peter pete",
    "philip phil",
    "richard rick",
    "robert bob",
    "robert rob",
    "samuel sam",
    "stephen steve",
    "steven steve",
    "susan sue",
    "thomas tom",
    "timothy tim",
    "vincenzo enzo",
    "william bill",
    "william will",
)
#: Given names and what friends make of them, both ways.
SHORT_FORMS: dict[str, frozenset[str]] = {
    name: frozenset(
        other for pair in _PAIRS for other in pair.split() if name in pair.split() and other != name
    )
    for name in listed(" ".join(_PAIRS))
}
