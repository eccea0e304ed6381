# 机器人的简体中文。各语言目录的键和变量完全一致；引文、标题和人名保持来源原文，不在此处。

## 简介

short-description = 就中美贸易谈判提问，回答全部是资料来源的逐字引文。
description = 回答有关中美贸易谈判的问题：只给出资料来源的逐字引文，并附标题、发布者和日期。
welcome =
    我用资料来源里的原话回答有关中美贸易谈判的问题：逐字引用，附上标题、发布者和日期。我从不自己编写答案；资料里没有的，我会直说。

    请直接发送问题，或者点下面的例子试试。再往下的按钮是其他功能：最新资料、查找原话、有了答案时提醒您、在群组和其他聊天里使用，以及保存了您的哪些数据。
help-head = 直接发消息提问即可，目前请用英文。
help =
    请写明人物、事件或时间。得到回答后可以接着问：“And what did he say about soybeans?” 回复较早的回答，就从那里继续；修改您的问题，回答也会随之更新。

    每次回复最多逐字引用三段原文，回答问题的词句用粗体标出；下面一行写明来源，编号是指向这段引文的链接。

    ▲ ▼ 显示引文前后的句子 · 📋 复制出处 · 🔗 打开来源 · 👍 👎 评价回答

    /quote "exact words" 在资料中查找原话
    /latest soybeans 查看某个话题的最新资料
    /sources 列出我读过的全部资料
    /watches 列出有了答案要告诉您的问题
    /language 更换我说的语言

    “{ no-answer }”表示没有足够相关的段落。

    /start 有可以试的问题，/about 说明由谁运营，/privacy 说明保存了什么。
about =
    本机器人由{ $operator }运营。

    资料库共有{ $count }份文件{ $newest ->
        [none] {""}
       *[other] ，最新一份的日期是{ $newest }
    }，可用 /sources 查看。每段引文都取自存档的文件，发送前会与原文核对。

    问题和回复会保存下来，用来检验回答的质量；提问者只以假名记录。详见 /privacy。
about-nobody = 一位未署名的人士

## 命令菜单

command-ask = 提问；直接发消息也可以
command-latest = 最新资料，或某个话题的最新资料
command-quote = 在资料中查找原话
command-sources = 全部资料，从新到旧
command-privacy = 保存了什么，可否使用
command-mydata = 以文件形式查看关于您的全部数据
command-forget = 删除关于您的全部数据
command-start = 这是什么，附可以试的问题
command-help = 如何提问
command-about = 由谁运营，保存什么

## 回复

as-reported = （据报道）
carried = ↳ 结合上文：{ $words }
carried-quote = ↳ 以及上次的引文：{ $words }
further = 其他段落，与问题的关系稍远
earlier-version = 出自这份文件的较早版本。
no-answer = 资料库里没有提到。
corpus-empty = 资料库目前是空的，还没有人添加文件。
corpus-undated = 其中没有标注日期的文件。
corpus-newest = 最新一份文件的日期是{ $when }。
foreign = 我目前只能回答用英文提的问题。
foreign-how = 我的资料都是英文的，请用英文再问一次；人名、地名和数字最有帮助。
not-an-answer = 以下不是答案，只是最接近的段落：
repeated = ↻ 再次发送：上一条可能没有送达。

## 出处

cited = { $publisher }，{ $date }
no-publisher = 未注明发布者
undated = 未注明日期
dated-ago = { $date }（{ $age }）
today = 今天
yesterday = 昨天
brief = 简报，整理自
brief-dated = 简报，{ $date }
origin = { $publisher }（{ $date }）
and-more = 及另外{ $count }个来源
also-in = 另见{ $names }
cited-speaker = { $speaker }，见于

## 资料

sources = 资料来源
sources-count =
    { $count ->
       *[other] { $count }份文件，从新到旧
    }
sources-empty = 资料库目前是空的。
newest = 最新资料
newest-on = 有关“{ $topic }”的最新资料
newest-none = 没有有关“{ $topic }”的资料：没有来源包含这些词。
exact-head =
    { $count ->
        [1] 有1份文件包含这些词句：
       *[other] 有{ $count }份文件包含这些词句，从新到旧：
    }
exact-none = 没有资料包含“{ $words }”。
exact-how = 请写出要找的原话，例如：/quote "off the table"
link-lost = 这个链接引用的文本我没有，或者已经不在了。请直接向我提问。

## 提问

ask-what = 您想知道什么？直接发送问题就好。
text-only = 我只能读文字问题。/help 讲如何提问。
too-many =
    { $seconds ->
       *[other] 一下子问得有点多。请等{ $seconds }秒，再问一次这个问题。
    }
failed = 我这边出了点问题，与您的提问无关。请再问一次；错误编号 { $id }。
breaks = 我处理这条消息时会出错。请换个说法再问。

## 按钮

before = 上文
after = 下文
quote-only = 只看引文
copy = 复制
source = 来源
share = 分享
more-quotes = 更多引文
back = 返回
more = 更多
newer = 较新
older = 较早
nothing-more = 这里没有更多内容了。
button-old = 这个按钮来自机器人的旧版本。请重新提问，新的回复里的按钮可以使用。
text-gone = 这段文本已经不在了，无法显示前后文。
question-gone = 那个问题已经不在记录里了。请再发一次。
try-later = 刚才没有成功。请过一分钟再试。

## 👍 和 👎

thanks = 谢谢！
what-is-wrong = 谢谢。哪里不对？
reason-wrong-quote = 引文不对
reason-wrong-speaker = 说话人不对
reason-out-of-date = 内容过时
reason-should-have-answered = 应该能回答
reason-should-not-have-answered = 不该这样回答
reason-other = 其他
noted = 已记下：{ $reason }
add-sentence = 已记下。如果想补充一句正确的说法，请回复这条消息。
sentence-kept = 谢谢。您的补充已和您的 👎 一起保存。

## 关于自己

privacy-head = 保存了什么
privacy =
    您的问题和我的回复，用来检验回答的好坏。提问者只以假名记录，即带密钥的哈希值。您的名字和 Telegram 编号不会保存。

    为了日后通知您，提醒（🔔）会记住发往哪个聊天（聊天编号），直到通知了您、您在 /watches 里去掉它、您屏蔽了我，或者满{ $days }天为止。

    /mydata 把全部内容发给您，/forget 将其删除。
consent = 我的问题可以用来改进机器人：
yes = 是
no = 否
consent-give = 可以，使用我的问题
consent-take = 关闭
consent-taken = 已关闭。
mydata = 这是关于您的全部数据。/forget 可以删除，/privacy 有说明。
forget-sure = 要删除您的问题和相应回复、您的 👍 和 👎、您的提醒和语言，以及您在 /privacy 中的选择吗？此操作无法撤销。聊天里的消息会保留，直到您自己删除。
forget-yes = 全部删除
forget-no = 保留
forgotten =
    { $questions ->
       *[other] 已删除：{ $questions }个问题及其回复
    }，{ $feedback }个 👍 或 👎。现在没有任何关于您的数据。
not-forgotten = 已保留，没有删除任何内容。

## 群组

command-settings = 我在本群使用的语言，以及回复我是否算提问
group-hello = 大家好！我用资料来源里的原话回答有关中美贸易谈判的问题：逐字引用，附上标题、发布者和日期。
group-privacy = 用 /ask 提问，或者回复我的某条回答。其余的话我收不到：Telegram 的隐私模式已开启。直接提到 { $name } 我也可能收不到；把我设为管理员就能收到。
group-reads = 用 /ask 提问、提到我（{ $name }），或者回复我的某条回答。其余的话我既不回答也不保存。
group-settings = /settings 供管理员使用：我使用的语言，以及回复我是否算提问。把我移出本群后，这里问过的一切都会删除。
settings = 本群设置
settings-language = 语言：{ $language }
settings-own = 随提问者
settings-replies = 回复我的消息，算向我提问。
settings-mention = 回复我的消息，不算向我提问；只有 /ask 和提到我才算。
settings-named = 只在被提到时回答
settings-who = 只有管理员可以更改。
in-private = 这是您和我之间的事，请在私聊里发给我。
private-chat = 打开私聊

## 其他地方

help-elsewhere = 在群组里用 /ask 向我提问。在任何聊天中输入 { $name } 和问题，即可选择一段引文发送。
add-to-group = ➕ 把我加入群组
try-inline = 💬 在任何聊天中使用我
in-context = 查看上下文
inline-start = 在私聊中向我提问
inline-wait = 请等待{ $seconds }秒

## 维护者

command-status = 机器人的状态和回答情况
command-refresh = 计划一次资料库更新
status =
    版本 { $build }
    { $count }份文件，最新的日期是{ $newest }
    { $refresh }

    过去24小时：{ $questions }个问题，{ $share } 得到回答；一半的回复在 { $half } 毫秒内，95% 在 { $most } 毫秒内。
refresh-never = 尚未更新过
refresh-planning = 正在制定更新计划，需要一些时间；目前什么都不会改变。
refresh-publishing = 正在发布这份计划。
refresh-stopped = 没有成功：{ $why }
refresh-published = 已更新并发布（{ $when }）
refresh-nothing = 已更新，没有新内容（{ $when }）
refresh-rejected = 一次更新没有通过检查（{ $when }）
refresh-failed = 一次更新失败了（{ $when }）
plan =
    计划 { $plan }
    新增 { $new } · 更改 { $changed } · 消失 { $vanished } · 未变 { $unchanged }
    失败的来源 { $failed } · 拒收的页面 { $refused } · 有变化的标准答案 { $answers }
plan-nothing = 没有可发布的内容。
plan-publish = 发布
alert = ⚠ { $what }
alert-errors = 最近十分钟内有{ $count }个错误；详情见日志。

## /start 的导览

open-latest = 🆕 最新资料
open-sources = 📚 全部资料
open-quote = 🔎 查找原话
open-watches = 🔔 我的提醒
open-groups = 👥 在群组里用
open-inline = ⌨️ 在任何聊天里用
open-privacy = 🔒 隐私
open-language = 🌐 语言
open-help = ❓ 如何提问
open-about = ℹ️ 关于
open-mydata = 📄 我的数据
open-forget = 🗑 删除数据
groups-how = 把我加进群组，就可以在群里用 /ask 提问，也可以提到我（{ $name }），或回复我的某条回答。其他时候我不会出声。
inline-how =
    在任何聊天里输入 { $name } 和问题，从出现的引文中选一条，就会连同来源一起发出。

    也可以把我叫进我不在的聊天：在那里写 { $name } 和问题，只要 Telegram 允许，我就会当场回答。

## 提醒

command-watches = 您在等哪些问题的答案
follow-answer = 🔔 资料库有了答案就告诉我
follow-fix = 🔔 改正后告诉我
follow-stop = ✓ 有消息会告诉您 · 取消
follow-begun = 一有消息，我就在这里告诉您，只说一次。/watches 列出您在等的问题。
follow-ended = 好的，不再提醒这一条。
watches = 您在等的答案
watches-how = 我答不上来，或者您点的 👎 有道理时，请点回复下面的 🔔：新资料带来变化时，我会告诉您一次。最多可设{ $count }条提醒，每条满{ $days }天自动失效。
watches-full = 您已经有{ $count }条提醒，不能再加了。请先在 /watches 里去掉一条。
watch-answer = 等答案，始于{ $date }
watch-fix = 等更好的答案，始于{ $date }
news-covered = 🔔 资料库现在有答案了：“{ $question }”
news-fixed = 🔔 您点 👎 的回答已改正。“{ $question }”的新答案：
news-withdrawn = 🔔 您点 👎 的回答已改正。对于“{ $question }”，我现在的回答是：资料库里没有提到。

## 语言

command-language = 我说哪种语言
language-which = 您希望我说哪种语言？引文始终保持来源的语言。
language-own = 与我的 Telegram 一致
language-changed = 好了。
