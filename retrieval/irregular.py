"""Forms of English words that no stemmer brings together: "struck" and "strike", "men" and "man", the two
spellings of "licence", and a number in letters and in digits.

A form that is another common word as well ("ground", "wound", "saw", "lay") is left out.
"""

_FORMS = """
    arise arose arisen; awake awoke awoken; bear borne; beat beaten; begin began begun; bend bent; bite
    bitten; bleed bled; blow blew blown; break broke broken; breed bred; bring brought; build built; burn
    burnt; buy bought; catch caught; choose chose chosen; cling clung; come came; creep crept; deal dealt;
    dig dug; draw drew drawn; dream dreamt; drink drank drunk; drive drove driven; eat ate eaten; fall
    fell fallen; feed fed; feel felt; fight fought; find found; flee fled; fling flung; fly flew flown;
    forbid forbade forbidden; foresee foresaw foreseen; forget forgot forgotten; forgive forgave forgiven;
    freeze froze frozen; get got gotten; give gave given; go went gone; grow grew grown; hang hung; hear
    heard; hide hid hidden; hold held; keep kept; kneel knelt; know knew known; lead led; lean leant; leap
    leapt; learn learnt; leave left; lend lent; light lit; lose lost; make made; mean meant; meet met;
    mislead misled; mistake mistook mistaken; misunderstand misunderstood; outgrow outgrew outgrown;
    overcome overcame; oversee oversaw overseen; overtake overtook overtaken; overthrow overthrew
    overthrown; pay paid; prove proven; rebuild rebuilt; repay repaid; ride rode ridden; ring rang rung;
    rise rose risen; run ran; say said; see seen; seek sought; sell sold; send sent; shake shook shaken;
    shine shone; shoot shot; show shown; shrink shrank shrunk; sing sang sung; sink sank sunk; sit sat;
    sleep slept; slide slid; speak spoke spoken; spend spent; spin spun; spring sprang sprung; stand
    stood; steal stole stolen; stick stuck; sting stung; strike struck stricken; swear swore sworn; sweep
    swept; swell swollen; swim swam swum; swing swung; take took taken; teach taught; tear tore torn; tell
    told; think thought; throw threw thrown; undergo underwent undergone; understand understood; undertake
    undertook undertaken; undo undid undone; uphold upheld; wake woke woken; wear wore worn; weave wove
    woven; weep wept; win won; withdraw withdrew withdrawn; withhold withheld; withstand withstood; write
    wrote written; child children; foot feet; goose geese; man men; mouse mice; ox oxen; tooth teeth;
    woman women
    """

#: Each form, and the word that it is a form of.
BASE: dict[str, str] = {
    form: base for base, *forms in (entry.split() for entry in _FORMS.split(";")) for form in forms
}

_NUMBERS = """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty
    """
BASE |= {word: str(number) for number, word in enumerate(_NUMBERS.split(), 2)}

_SPELT = """
    licence license; licences licenses; defence defense; defences defenses; offence offense; colour color;
    labour labor; aluminium aluminum; programme program; programmes programs; centre center; centres centers;
    harbour harbor; neighbour neighbor; neighbours neighbors; favour favor; favoured favored; honour honor;
    behaviour behavior; theatre theater; litre liter; litres liters; analyse analyze; analysed analyzed;
    catalogue catalog; dialogue dialog; grey gray; tyre tire; tyres tires; plough plow; sceptical skeptical;
    artefact artifact; judgement judgment
    """
_IZED = """
    apolog author capital central critic emphas final general industrial jeopard legal liberal maxim minim
    mobil modern national neutral normal optim organ penal priorit real recogn scrutin stabil subsid summar
    util
    """
BASE |= dict(pair.split() for pair in _SPELT.split(";"))
BASE |= {
    f"{root}is{tail}": f"{root}iz{tail}"
    for root in _IZED.split()
    for tail in ("e", "ed", "es", "ing", "ation", "ations")
}
