"""The words that decide whether a full stop ends a sentence; lower case, without their last stop.

Each set answers one question about the word before a stop or the word after it. Collected by hand
for news, statements, fact sheets and transcripts about trade.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Written before what they belong to, so that a stop after one never ends a sentence.
LEADING = _words("""
    e.g i.e cf vs v viz approx ca messrs mme mlle
    """)

# As LEADING, but only when capitalised: in lower case some are ordinary words ("rep", "gen").
TITLES = _words("""
    mr mrs ms mx dr prof gov lt gen col maj capt cpl sgt cmdr adm brig sen sens rep reps amb hon rev fr
    pres prem sec secs supt insp det mgr msgr atty asst dep undersec ph ll litt exec pub ee
    """)

# A stop after one does not end a sentence when a number follows.
COUNTED = _words("""
    no nos nr sec secs sect art arts para paras fig figs vol vols ch chap pt p pp eq tab ver
    cl sched reg stat res n c tel ext
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun
    """)

# When capitalised ("Mass.", not "mass."), as the letters of an acronym: a stop after one ends the sentence
# only when the next word looks like the first of another.
TRAILING = _words("""
    inc co corp ltd llc bros assn dept univ dist jr sr esq st mt ft ave blvd rd intl natl govt
    ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn miss mo mont neb nev okla
    ore pa penn tenn tex va vt wash wis wyo uu
    """)

# The rest of what may stand before a stop inside a sentence when the next word is in lower case.
SHORTENED = _words("""
    appt etc est incl excl max min avg tel ext misc orig ed eds trans pct yr yrs hr hrs wk wks mos sq cu lb
    lbs oz kg km m bn mn tn ft in bbl bpd admin comm cttee commn orgs org gov mfg mtg ref refs addl
    """)

# Names that end with an exclamation mark.
SHOUTED = _words("yahoo jeopardy")

# After these a single letter is a label ("Annex A."), not an initial.
LETTERED = _words("""
    annex appendix section schedule part plan type class group grade hall terminal exhibit table list tier
    category team vitamin hepatitis phase series option chapter item column line room gate
    """)

# First words of sentences; hardly ever the second word of a name.
STARTERS = _words("""
    a an the this that these those it its he his she her hers they their we our you your i i'm i've i'd my
    there here who what when where why how which whose whether if because since although though while
    as at by for from in into of on onto to toward under until upon with within without over after before
    during between among against about above across along despite except like through throughout
    and but or nor so yet still then thus hence therefore however moreover furthermore meanwhile instead
    also even only just now once again already perhaps maybe indeed later earlier today tomorrow yesterday
    last next both each every either neither some any all many most much more several few none no not
    nobody nothing nearly almost another other others such one two three four five six seven eight nine ten
    is are was were do does did has have had can could would should let asked according
    mr mrs ms q
    """)

# After a.m. and p.m. these go on with the time.
TIMES = _words("""
    et est edt ct cst cdt mt mst mdt pt pst pdt gmt utc bst cet cest hkt myt jst kst cst eastern central
    mountain pacific greenwich local monday tuesday wednesday thursday friday saturday sunday
    mon tue tues wed thu thur thurs fri sat sun january february march april june july august
    september october november december jan feb mar apr jun jul aug sep sept oct nov dec
    """)

# Verbs that give a quotation to its speaker.
CUES = _words("""
    said says say added adds told tells asked asks replied replies wrote writes posted tweeted shouted
    answered responded continued noted insisted argued warned declared announced joked quipped exclaimed
    remarked stated explained concluded recalled repeated cried demanded wondered urged emphasised emphasized
    stressed acknowledged admitted conceded confirmed observed suggested claimed commented
    """)

# With CUES, what follows a subject of one word: "... in the U.S. Bessent has".
PREDICATES = CUES | _words("""
    has had have is was will would may might could can must also never plans wants hopes expects called met
    """)

# Single words that follow "U.S." within one name and may stand before a predicate.
INSTITUTIONS = _words("""
    treasury congress senate house commerce state government president secretary ambassador embassy consulate
    army navy marines military customs chamber steel bank mint court trade department administration
    delegation side officials soybeans farmers exporters importers tariffs ships companies firms dollar
    economy constitution capitol attorney marshals census soccer open
    """)

# Countries and bodies that are nouns as often as adjectives: a sentence may well end with one.
PLACES = _words("u.s u.k u.n e.u u.s.a d.c p.r.c u.a.e w.t.o")

# Nouns for people who are quoted without a name.
ROLES = _words("""
    secretary minister president premier chancellor spokesman spokeswoman spokesperson official officials
    ambassador envoy representative negotiator ministry department statement adviser advisor reporter
    reporters journalist host anchor moderator analyst economist source senator governor chairman chief
    director trader farmer
    """)
