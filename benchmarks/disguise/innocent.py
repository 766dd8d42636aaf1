"""Innocent captions and user names in many languages, made of ordinary words; and invented words to look for."""

from random import Random

WORDS = {
    "en": (
        "the a and of to in is my our with for this morning garden coffee summer house kitchen light market "
        "river train little dance music happy weekend family friends cooking bread orange silver winter "
        "mountain beach sunset window travel story school painting simple recipe running street dinner "
        "birthday puppy flower travelling learning modern first best new day vlog part episode review "
        "tutorial challenge game goal season team match live show song cover today never always together "
        "don't it's I'm we're let's check-in well-known follow-up step-by-step wait what"
    ),
    "fr": (
        "le la les un une et de du des dans avec pour ce matin jardin café été maison cuisine lumière marché "
        "rivière petit danse musique heureux famille amis pain hiver montagne plage fenêtre voyage histoire "
        "école peinture recette rue dîner l'eau l'été d'accord aujourd'hui c'est j'aime qu'il n'est nouveau "
        "première journée équipe saison élève"
    ),
    "de": (
        "der die das und ein eine mit für dieser morgen garten kaffee sommer haus küche licht markt fluss zug "
        "klein tanz musik glücklich familie freunde kochen brot winter berg strand fenster reise geschichte "
        "schule straße abendessen heute immer zusammen schön größe übung mädchen ist gern lernen spaß woche "
        "neu erste folge spiel mannschaft"
    ),
    "es": (
        "el la los un una y de en con para esta mañana jardín café verano casa cocina luz mercado río tren "
        "pequeño baile música feliz familia amigos pan invierno montaña playa ventana viaje historia escuela "
        "pintura receta calle cena hoy siempre juntos niño año corazón canción nuevo primera equipo partido"
    ),
    "pt": (
        "o a os um uma e de em com para esta manhã jardim café verão casa cozinha luz mercado rio trem "
        "pequeno dança música feliz família amigos pão inverno montanha praia janela viagem história escola "
        "receita rua jantar hoje sempre"
    ),
    "pl": (
        "ten ta to i w z na dla poranek ogród kawa lato dom kuchnia światło rynek rzeka pociąg mały taniec "
        "muzyka szczęśliwy rodzina przyjaciele chleb zima góra plaża okno podróż historia szkoła przepis "
        "ulica kolacja dzisiaj"
    ),
    "tr": (
        "bu bir ve ile için sabah bahçe kahve yaz ev mutfak ışık pazar nehir tren küçük dans müzik mutlu aile "
        "arkadaşlar ekmek kış dağ plaj pencere yolculuk hikâye okul tarif sokak akşam bugün her zaman "
        "birlikte güzel İstanbul"
    ),
    "ru": (
        "и в на с для это утро сад кофе лето дом кухня свет рынок река поезд маленький танец музыка счастье "
        "семья друзья хлеб зима гора пляж окно путешествие история школа рецепт улица ужин сегодня всегда "
        "вместе красиво театр"
    ),
    "el": (
        "και το η ο με για αυτό πρωί κήπος καφές καλοκαίρι σπίτι κουζίνα φως αγορά ποτάμι τρένο μικρό χορός "
        "μουσική οικογένεια φίλοι ψωμί χειμώνας βουνό παραλία παράθυρο ταξίδι ιστορία σχολείο συνταγή δρόμος "
        "σήμερα πάντα μαζί"
    ),
    "ar": (
        "في من على مع هذا صباح حديقة قهوة صيف بيت مطبخ ضوء سوق نهر قطار صغير رقص موسيقى سعيد عائلة أصدقاء خبز شتاء جبل"
    ),
    "hi": ("और में के साथ यह सुबह बगीचा कॉफ़ी गर्मी घर रसोई रोशनी बाज़ार नदी ट्रेन छोटा नृत्य संगीत खुश परिवार दोस्त रोटी सर्दी पहाड़"),
    "ja": (
        "今日は朝の庭でコーヒーを飲む 夏の家と台所 市場へ行く 川と電車 小さな踊り 音楽が好き 家族と友達 "
        "パンを焼く 冬の山 海辺の窓 旅の話"
    ),
}
EMOJI = ("🔥", "✨", "❤️", "😂", "🌸", "🎶", "👍🏽", "🇫🇷", "☕", "👩‍🍳", "⚽", "🎂")
SHARES = {"en": 30, "es": 10, "pt": 8, "fr": 8, "de": 7, "ru": 8, "tr": 6, "pl": 4, "el": 3, "ar": 6, "hi": 5, "ja": 5}
EXTRAS = (
    "{n}k views",
    "part {n}",
    "{n}/{m}",
    "1st",
    "2nd",
    "{n}th",
    "4K",
    "mp3",
    "vol.{n}",
    "@{w}_{n}",
    "#{w}",
    "#{w}{n}",
    "{w}!!!",
    "soooo {w}",
    "{w}...",
    "https://example.org/{w}/{n}",
    "{n}:{m}",
    "ft. {w}",
    "({w})",
    "{w}/{w}",
    "w/ {w}",
    "a b c",
    "D.I.Y.",
    "{n}%",
    "{n}€",
    "$" + "{n}",
    "{w} & {w}",
    "“{w}”",
    "s01e{n}",
    "#{w}{W}",
    "{w}_{w}",
    "yesss",
    "{W}{W}",
    "U.S.A.",
    "{n}x{m}",
    "b2b",
    "no. {n}",
    "C++",
    "h2o",
    "{w}-{w}",
    "ASMR",
    "24/7",
    "10am",
    "@{w}.{w}",
    "*{w}*",
    "P.S.",
    "t-shirt",
)
CONSONANTS, VOWELS = "bcdfghjklmnpqrstvwxyz", "aeiou"


def write_caption(random: Random, length: int = 87) -> tuple[str, str]:
    """Return (caption, language), about `length` characters long."""
    language = random.choices(list(SHARES), list(SHARES.values()))[0]
    words = WORDS[language].split()
    parts: list[str] = []
    wanted = random.gauss(length, length / 3)
    while sum(map(len, parts)) + len(parts) < wanted:
        roll = random.random()
        if roll < 0.06:
            parts.append(fill(random.choice(EXTRAS), words, random))
        elif roll < 0.10:
            parts.append(random.choice(EMOJI))
        elif roll < 0.16:
            parts.append(random.choice(words) + random.choice(",.!?:;"))
        else:
            word = random.choice(words)
            parts.append(word.capitalize() if random.random() < 0.15 else word)
    return ("" if language == "ja" and random.random() < 0.5 else " ").join(parts) or words[0], language


def fill(pattern: str, words: list[str], random: Random) -> str:
    """Return an ornament with its places filled."""
    while "{w}" in pattern or "{W}" in pattern:
        pattern = pattern.replace("{w}", random.choice(words), 1).replace("{W}", random.choice(words).capitalize(), 1)
    return pattern.replace("{n}", str(random.randint(1, 99))).replace("{m}", str(random.randint(1, 999)))


def write_name(random: Random) -> tuple[str, list[str]]:
    """Return an innocent user name without spaces, and the one to three words in it."""
    words = [word for word in WORDS[random.choice(("en", "fr", "de", "es", "pt"))].split() if word.isalpha()]
    parts = random.choices(words, k=random.randint(1, 3))
    style = random.randrange(4)
    if style == 0:
        name = "".join(parts) + (str(random.randint(1, 2010)) if random.random() < 0.5 else "")
    elif style == 1:
        name = "".join(part.capitalize() for part in parts)
    else:
        name = random.choice("_.").join(parts) + (str(random.randint(1, 99)) if random.random() < 0.3 else "")
    return name, parts


def invent_terms(count: int, random: Random, shortest: int = 6, longest: int = 12) -> list[str]:
    """Return different invented words of syllables."""
    found: dict[str, None] = {}
    while len(found) < count:
        length = random.randint(shortest, longest)
        first = random.randrange(2)
        letters = [random.choice((CONSONANTS, VOWELS)[(number + first) % 2]) for number in range(length)]
        if random.random() < 0.6:
            letters[random.randrange(1, length)] = random.choice(CONSONANTS)
        found["".join(letters)] = None
    return list(found)


def list_ordinary(shortest: int = 4, longest: int = 7) -> dict[str, str]:
    """Return ordinary words and a language of each: a deliberately ambiguous lexicon."""
    words = {word: language for language, text in WORDS.items() for word in text.split()}
    return {word: words[word] for word in sorted(words) if shortest <= len(word) <= longest and word.isalpha()}
