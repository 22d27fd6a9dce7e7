"""Closed classes of English words that the rules look at. All lower case, lemmas where not said otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FIRST = frozenset(("i", "me", "myself", "we", "us", "ourselves"))
SECOND = frozenset(("you", "u", "yourself"))

# --- people -----------------------------------------------------------------------------------------------------

RELATIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("mother", "mom", "mum", "mama", "mommy", "stepmother", "stepmom"), ("parent_of", "f")),
        **dict.fromkeys(("father", "dad", "papa", "daddy", "stepfather", "stepdad"), ("parent_of", "m")),
        "parent": ("parent_of", ""),
        **dict.fromkeys(("son", "stepson"), ("child_of", "m")),
        **dict.fromkeys(("daughter", "stepdaughter"), ("child_of", "f")),
        **dict.fromkeys(("child", "kid", "baby", "toddler"), ("child_of", "")),
        **dict.fromkeys(("sister", "stepsister", "sis"), ("sibling_of", "f")),
        **dict.fromkeys(("brother", "stepbrother", "bro"), ("sibling_of", "m")),
        **dict.fromkeys(("sibling", "twin"), ("sibling_of", "")),
        "wife": ("married_to", "f"),
        "husband": ("married_to", "m"),
        "spouse": ("married_to", ""),
        **dict.fromkeys(("girlfriend", "fiancée"), ("partner_of", "f")),
        "boyfriend": ("partner_of", "m"),
        **dict.fromkeys(("partner", "fiancé", "fiance"), ("partner_of", "")),
        **dict.fromkeys(words("aunt auntie niece grandmother grandma granny granddaughter"), ("relative_of", "f")),
        **dict.fromkeys(("uncle", "nephew", "grandfather", "grandpa", "grandson"), ("relative_of", "m")),
        **dict.fromkeys(("cousin", "relative", "grandparent", "grandchild", "grandkid"), ("relative_of", "")),
        **dict.fromkeys(("friend", "bestie", "buddy", "bff", "pal"), ("friend_of", "")),
        **dict.fromkeys(("colleague", "coworker", "co-worker", "teammate", "workmate"), ("colleague_of", "")),
        **{
            noun: (f"{noun}_of", "")
            for noun in words(
                "boss manager supervisor mentor coach teacher professor advisor therapist doctor dentist lawyer "
                "landlord neighbor neighbour roommate flatmate client trainer tutor classmate assistant accountant "
                "student employee intern"
            )
        },
    }
)
"""Noun -> (what such a person is to the one who says "my …", gender where the word tells)."""

PETS = words(
    "dog cat puppy pup kitten kitty rabbit bunny hamster horse pony parrot turtle tortoise snake lizard bird budgie "
    "canary ferret pet doggo pooch cow goat goldfish gecko"
)
GROUPS = frozenset(("family", "team", "crew", "band"))
POSSESSIONS = words(
    "car house home apartment flat phone laptop computer bike bicycle motorcycle company business startup store shop "
    "studio restaurant blog website channel app book novel thesis garden boat office school hometown landlord truck "
    "project server database repository repo api podcast camera guitar piano violin wedding birthday"
)
"""Things of someone's that are worth an entity of their own ("Ann's car")."""

PROFESSIONS = words(
    "nurse teacher doctor engineer developer programmer designer lawyer attorney accountant chef cook baker artist "
    "musician writer author journalist photographer architect scientist researcher professor lecturer therapist "
    "counselor psychologist dentist surgeon physician pharmacist paramedic firefighter electrician plumber carpenter "
    "mechanic driver pilot waiter waitress barista bartender cashier manager consultant analyst administrator "
    "secretary receptionist librarian translator interpreter editor producer director actor actress dancer singer "
    "coach trainer instructor tutor farmer gardener florist tailor hairdresser barber salesperson salesman realtor "
    "banker economist statistician mathematician physicist chemist biologist veterinarian vet soldier officer "
    "detective judge politician entrepreneur founder ceo cto cfo intern freelancer contractor technician webmaster "
    "copywriter marketer recruiter carer caregiver midwife optometrist paralegal electrician welder nanny babysitter "
    "postdoc filmmaker screenwriter illustrator animator model"
)

# --- what is asserted -------------------------------------------------------------------------------------------

MODALS = words("would could might may should must can 'd ca ought shall")
HEDGES = words(
    "maybe perhaps probably possibly hopefully supposedly apparently allegedly presumably almost nearly hardly barely "
    "likely unlikely seemingly theoretically potentially if"
)
CONDITIONS = words("if unless whether lest provided providing suppose supposing assuming as_if")
FACTIVES = words("know realize realise remember tell discover notice mention learn announce share say add note")
"""Verbs whose complement a speaker vouches for when they use them of themselves."""

DEATHS = words("die pass_away perish")

CORRECTIVES = words(
    "no nope actually sorry correction wait mistaken wrong oops misspoke meant mean nah contrary rather"
)

# --- what is too vague to be worth a fact -----------------------------------------------------------------------

VAGUE_NOUNS = words(
    "row thing stuff lot bit way one kind sort time something anything everything nothing someone anyone everyone "
    "everybody somebody nobody fun blast idea question point case fact reason matter sense part moment chance "
    "opportunity tip help advice suggestion recommendation info information look word thought feeling side break "
    "step try rest trouble difference mind luck hope wish pleasure doubt deal care while day week month year minute "
    "hour second today tomorrow yesterday tonight morning afternoon evening night weekend ton load bunch couple "
    "plenty example option detail work update progress stage place people person guy man woman folk other others "
    "self issue problem concern news story goal challenge result experience process effort topic aspect type form "
    "list answer ones hand eye head interest focus touch shot note track message conversation talk chat pic pics "
    "photo photos picture pictures image snap memory support love joy happiness strength courage power inspiration "
    "motivation encouragement hug thanks reminder sign need want dream passion heart soul spirit mess vibe energy "
    "world life smile face reaction impact effect impression role turn call pride amount number level line variety "
    "range journey connection ambition possibility success growth skill settlement resource no guts addition offer "
    "character boy girl food value more most much best lesson task finding feedback yes vision path term setback "
    "hurdle obstacle situation circumstance bond relationship team game piece spot area event self-expression"
)
EVALUATIVE = words(
    "good great nice awesome amazing cool sweet fantastic wonderful fun funny interesting important perfect super "
    "lovely beautiful gorgeous cute incredible excellent brilliant best better bad worse worst hard easy tough tricky "
    "crazy wild insane true right wrong okay ok fine sure clear certain able ready glad happy excited thrilled "
    "pleased grateful thankful sorry curious interested welcome lucky blessed proud here there back up down out new "
    "old big small little same different special key helpful useful aware worth like due done gone full possible "
    "impossible likely unlikely familiar keen eager willing unsure confused stuck impressed inspired amazed honored "
    "touched moved alone late early free busy open worthwhile rewarding peaceful tasty delicious yummy supportive "
    "inspiring relaxing exciting overwhelming challenging huge real such so"
)
"""Adjectives that say what someone thinks of a thing at that moment, or nothing in particular."""

TRAITS = words(
    "vegan vegetarian pescatarian single married divorced widowed engaged pregnant retired unemployed gay lesbian "
    "bisexual transgender trans queer straight nonbinary left-handed right-handed diabetic asthmatic deaf blind "
    "bilingual celiac coeliac lactose-intolerant gluten-free christian muslim jewish hindu buddhist catholic atheist "
    "agnostic adopted self-employed freelance colorblind dyslexic autistic anemic sober tall short"
)
"""Adjectives that say something lasting of a person."""

FEELINGS = words(
    "anxious depressed stressed lonely sad sick ill tired exhausted burned-out burnt-out overwhelmed nervous worried "
    "scared afraid terrified heartbroken homesick angry frustrated upset jealous insecure bored injured hurt"
)

BODY = words(
    "tooth teeth back knee ankle wrist arm leg head neck shoulder foot hand hip elbow stomach throat eye ear finger "
    "toe chest jaw heel rib skin"
)
AILMENTS = words(
    "allergy asthma diabetes migraine headache toothache backache fever flu cold cough anxiety depression insomnia "
    "arthritis cancer covid injury sprain fracture infection rash anemia hypertension adhd ptsd eczema acne ulcer "
    "concussion pneumonia bronchitis sciatica tinnitus vertigo epilepsy celiac psoriasis endometriosis pain"
)

MEDICINES = words(
    "medication medicine antidepressant antibiotic painkiller antihistamine insulin metformin ibuprofen aspirin "
    "paracetamol acetaminophen tylenol advil prednisone levothyroxine sertraline prozac zoloft lexapro xanax adderall "
    "ritalin statin steroid melatonin multivitamin vitamin lithium warfarin gabapentin tramadol morphine ssri "
    "birth-control contraceptive inhaler supplement claritin zyrtec benadryl omeprazole amlodipine lisinopril"
)
AIDS = words(
    "wheelchair crutch cane walker glass glasses insulin inhaler interpreter pacemaker prosthesis cpap subtitle "
    "caption oxygen dialysis braille"
)
"""What someone cannot do without because of their health."""

COMMON = words(
    "art nature music success injury guitar piano violin family church travel life love people friends life health "
    "coffee tea pizza food yoga clay bummer tons lots lemme books movies games sports basketball football soccer "
    "winter summer spring autumn christmas winning school college work weather money history science math politics "
    "technology education communication nature flowers dogs cats horses kids animals"
)
GIVEN_NAMES = words(
    "mark will grace jack bill rose pat rob sue drew chase frank bob carol dean don gene harry herb jay joy kit lance "
    "nick peg ray skip stew ted tim tony wade dawn faith hope josh max guy jimmy barb art"
)
"""Given names that are common words too."""
GREETINGS = words(
    "hey hi hello yo wow whoa woah yay yep yup yeah yes nope nah thx thanks thank omg lol haha hahaha congrats "
    "congratulations cheers bye cya gosh oh ooh aww awww aw hmm hm ugh oops sup kudos damn dang geez jeez whew phew "
    "okay ok alright cool awesome nice great sweet amazing absolutely definitely totally sure welcome please sorry "
    "gotcha bro dude bud mate guys ya kinda gonna wanna btw fyi imo idk tbh asap etc woohoo woo woot hooray bravo "
    "howdy greetings true exactly indeed agreed right good lovely glad hope happy"
)
"""Words that the tagger takes for names when they open a sentence with a capital."""
