# What the bot says in English. Each catalogue has the same keys with the same variables.
# Quotes, titles and names are never here: they stay as their sources have them.

## What this is

short-description = Asks its sources about the US-China trade talks and answers with word-for-word quotes.
description = Answers questions about the US-China trade talks with word-for-word quotes from its sources, each with title, publisher and date.
welcome =
    I answer questions about the US-China trade talks with quotes from my sources: word for word, with title, publisher and date. I never write an answer of my own, and when the sources are silent I say so.

    Send a question, or try one of these. The buttons below them show what else there is: what is new, exact words, a note when an answer turns up, groups and other chats, and what is kept about you.
help-head = Send a question as a message, in English.
help =
    Name who, what or when. After an answer you can go on: “And what did he say about soybeans?” Reply to an older answer to go on from there; edit a question and its answer changes.

    Each reply quotes up to three passages word for word, the answering words in bold; the line below names the source, and the number is a link to exactly this quote.

    ▲ ▼ show the sentences before and after a quote · 📋 copies its citation · 🔗 opens its source · 👍 👎 tell me how the answer was

    /quote "exact words" finds them in the sources
    /latest soybeans shows what is new on a topic
    /sources lists all that I read
    /watches lists what I shall tell you when it is covered
    /language changes the language that I speak

    “{ no-answer }” means that no passage is close enough.

    /start shows questions to try, /about says who runs this bot, /privacy what is kept.
about =
    This bot is run by { $operator }.

    { $count ->
        [one] Its corpus holds 1 document
       *[other] Its corpus holds { $count } documents
    }{ $newest ->
        [none] {""}
       *[other] , the newest dated { $newest }
    }: /sources lists them. Every quote is read from a stored document and checked against it before it is sent.

    Questions and replies are kept to judge the quality of the answers; who asked is kept as a pseudonym only. /privacy says more.
about-nobody = someone who has not given a name

## The menu of commands

command-ask = Ask a question; a plain message does the same
command-latest = The newest sources, or the newest on a topic
command-quote = Find exact words in the sources
command-sources = All sources, newest first
command-privacy = What is kept, and whether it may be used
command-mydata = All that is stored about you, as a file
command-forget = Delete all that is stored about you
command-start = What this is, with questions to try
command-help = How to ask
command-about = Who runs this and what it keeps

## A reply

as-reported = (as reported)
carried = ↳ with: { $words }
carried-quote = ↳ and what was quoted: { $words }
further = Further passages, less close to the question
earlier-version = From an earlier version of this document.
no-answer = The corpus doesn't say.
corpus-empty = It is empty so far: nobody has added a document.
corpus-undated = Nothing in it is dated.
corpus-newest = Its newest document is dated { $when }.
foreign = I can only answer questions in English so far.
foreign-how = My sources are in English: please ask it in English. Names, places and numbers help most.
not-an-answer = Not an answer, only the nearest passage:
repeated = ↻ Sent again: the first copy may not have arrived.

## How a source is named

cited = { $publisher }, { $date }
no-publisher = no publisher named
undated = undated
dated-ago = { $date }, { $age }
today = today
yesterday = yesterday
brief = brief, compiled from
brief-dated = brief, { $date }
origin = { $publisher } ({ $date })
and-more = and { $count } more
also-in = also in { $names }
cited-speaker = { $speaker }, in

## Sources

sources = Sources
sources-count =
    { $count ->
        [one] 1 document
       *[other] { $count } documents, newest first
    }
sources-empty = The corpus is empty so far.
newest = Newest sources
newest-on = Newest on “{ $topic }”
newest-none = Nothing on “{ $topic }”: no source has these words.
exact-head =
    { $count ->
        [one] 1 document holds these words:
       *[other] { $count } documents hold these words, the newest first:
    }
exact-none = No source holds the words “{ $words }”.
exact-how = Name the words, such as: /quote "off the table"
link-lost = I don't have the text that this link quotes, or not any more. Ask me about it instead.

## Questions

ask-what = What do you want to know? Just send the question.
text-only = I read questions as text only. /help says how to ask.
too-many =
    { $seconds ->
        [one] That is a lot of questions at once. Please wait a second, then ask this one again.
       *[other] That is a lot of questions at once. Please wait { $seconds } seconds, then ask this one again.
    }
failed = Something went wrong here, not with your question. Please ask again; the error is { $id }.
breaks = Something here breaks at this message. Please ask it another way.

## Buttons

before = Before
after = After
quote-only = Quote only
copy = Copy
source = Source
share = Share
more-quotes = More quotes
back = Back
more = More
newer = Newer
older = Older
nothing-more = There is nothing more to show here.
button-old = This button is from an earlier version of the bot. Ask again, and the new reply has buttons that work.
text-gone = I don't have this text any more, so I can't show what stands around it.
question-gone = I no longer have that question. Send it again, please.
try-later = That did not work just now. Please try again in a minute.

## 👍 and 👎

thanks = Thank you!
what-is-wrong = Thank you. What is wrong with it?
reason-wrong-quote = Wrong quote
reason-wrong-speaker = Wrong speaker
reason-out-of-date = Out of date
reason-should-have-answered = Should have answered
reason-should-not-have-answered = Should not have answered
reason-other = Other
noted = Noted: { $reason }
add-sentence = Noted. To add a sentence on what would have been right, reply to this message.
sentence-kept = Thank you. Your sentence is kept with your 👎.

## About oneself

privacy-head = What is kept
privacy =
    Your questions and my replies, to judge how good the answers are. Who asked is kept as a pseudonym only: a keyed hash. Your name and your Telegram number are not.

    To tell you something later, a watch (🔔) keeps the number of the chat to write to, until you are told, you drop it in /watches, you block me, or { $days } days have passed.

    /mydata sends you all of it, /forget deletes it.
consent = My questions may be used to improve the bot:
yes = yes
no = no
consent-give = Yes, use my questions
consent-take = Switch off
consent-taken = Switched off.
mydata = All that is stored about you. /forget deletes it, /privacy explains it.
forget-sure = Delete your questions with their replies, your 👍 and 👎, your watches, your language and your choice in /privacy? This cannot be undone. The messages in this chat stay until you delete them.
forget-yes = Delete everything
forget-no = Keep it
forgotten =
    { $questions ->
        [one] Deleted: 1 question with its replies
       *[other] Deleted: { $questions } questions with their replies
    }, { $feedback } of 👍 and 👎. Nothing about you is stored now.
not-forgotten = Kept. Nothing was deleted.

## Groups

command-settings = My language here, and whether replies are questions
group-hello = Hello! I answer questions about the US-China trade talks with quotes from my sources: word for word, with title, publisher and date.
group-privacy = Ask with /ask, or reply to one of my answers. What else you say does not reach me: Telegram's privacy mode is on. It may keep { $name } from me too; administrators can change that by making me one of them.
group-reads = Ask with /ask, name me ({ $name }), or reply to one of my answers. What else you say I neither answer nor keep.
group-settings = /settings is for administrators: my language, and whether a reply to me is a question. When I am removed, all that was asked here is deleted.
settings = Settings of this group
settings-language = Language: { $language }
settings-own = each asker's own
settings-replies = A reply to one of my messages is a question to me.
settings-mention = A reply to one of my messages is no question to me: only /ask and my name are.
settings-named = Answer only when named
settings-who = Only administrators can change this.
in-private = That is between the two of us: send it to me in our private chat.
private-chat = Open the private chat

## Elsewhere

help-elsewhere = In a group I answer /ask. In any chat, type { $name } and a question, and choose a quote to send.
add-to-group = ➕ Add me to a group
try-inline = 💬 Use me in any chat
in-context = In context
inline-start = Ask me in our private chat
inline-wait =
    { $seconds ->
        [one] Please wait a second
       *[other] Please wait { $seconds } seconds
    }

## Maintainers

command-status = How the bot is and how it answers
command-refresh = Plan a refresh of the corpus
status =
    Build { $build }
    { $count ->
        [one] 1 document
       *[other] { $count } documents
    }, the newest dated { $newest }
    { $refresh }

    In the last 24 hours: { $questions ->
        [one] 1 question
       *[other] { $questions } questions
    }, { $share } answered; half of the replies within { $half } ms, 95% within { $most } ms.
refresh-never = No refresh yet
refresh-planning = Planning a refresh. This takes a while; nothing changes yet.
refresh-publishing = Publishing the plan.
refresh-stopped = That did not work: { $why }
refresh-published = Refreshed and published ({ $when })
refresh-nothing = Refreshed, nothing was new ({ $when })
refresh-rejected = The checks rejected a refresh ({ $when })
refresh-failed = A refresh failed ({ $when })
plan =
    Plan { $plan }
    new { $new } · changed { $changed } · vanished { $vanished } · unchanged { $unchanged }
    sources that failed { $failed } · pages refused { $refused } · golden answers that change { $answers }
plan-nothing = Nothing to publish.
plan-publish = Publish this
alert = ⚠ { $what }
alert-errors =
    { $count ->
        [one] 1 error
       *[other] { $count } errors
    } in the last ten minutes; the log says more.

## The tour behind /start

open-latest = 🆕 Latest
open-sources = 📚 All sources
open-quote = 🔎 Exact words
open-watches = 🔔 My watches
open-groups = 👥 In a group
open-inline = ⌨️ In any chat
open-privacy = 🔒 Privacy
open-language = 🌐 Language
open-help = ❓ How to ask
open-about = ℹ️ About
open-mydata = 📄 My data
open-forget = 🗑 Delete it
groups-how = Add me to a group and ask there with /ask, by naming me ({ $name }), or by replying to one of my answers. I am silent otherwise.
inline-how =
    In any chat, type { $name } and a question. Pick one of the quotes that appear, and it is sent with its source.

    Or call me into a chat that I am not in: write { $name } and a question there, and I answer in place where Telegram allows it.

## Watches

command-watches = What you want to be told when it is covered
follow-answer = 🔔 Tell me when the corpus covers this
follow-fix = 🔔 Tell me if it's fixed
follow-stop = ✓ I'll tell you · Stop
follow-begun = I'll tell you once, here, as soon as there is something. /watches lists what you wait for.
follow-ended = I won't tell you about this one.
watches = What you wait for
watches-how =
    When I can't answer, or a 👎 of yours was right, tap 🔔 below the reply: you are told once, when new sources change that. { $count ->
        [one] 1 watch fits here
       *[other] { $count } watches fit here
    }; each ends by itself after { $days ->
        [one] 1 day
       *[other] { $days } days
    }.
watches-full =
    { $count ->
        [one] You have 1 watch already, and no more fit.
       *[other] You have { $count } watches already, and no more fit.
    } Drop one in /watches first.
watch-answer = an answer, since { $date }
watch-fix = a better answer, since { $date }
news-covered = 🔔 The corpus covers this now: “{ $question }”
news-fixed = 🔔 Your 👎 was fixed. New answer to “{ $question }”
news-withdrawn = 🔔 Your 👎 was fixed. To “{ $question }” I now say: the corpus doesn't say.

## Language

command-language = The language that I speak
language-which = Which language shall I speak? Quotes always stay in the language of their source.
language-own = As in my Telegram
language-changed = Done.
