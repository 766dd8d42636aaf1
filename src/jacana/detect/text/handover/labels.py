"""The words by which log-in details are introduced, in nine languages, and those that make them innocent. Data.

English, Spanish, French, German, Portuguese, Italian, Russian, Turkish, Polish; written without marks and in lower case
where the language allows. These are ordinary words, not terms of a lexicon.
"""

USER_LABELS = """
user|username|user name|user id|userid|usr|login|log in|login name|logins|account|acc|acct|handle|nick|nickname|email
e-mail|mail|id|u|us|un
usuario|nombre de usuario|cuenta|correo
utilisateur|nom d'utilisateur|identifiant|compte|pseudo
benutzer|benutzername|nutzername|konto|anmeldename|kennung
utilizador|nome de usuario|conta
utente|nome utente
логин|пользователь|имя пользователя|аккаунт|почта|ник
kullanici|kullanici adi|hesap
uzytkownik|nazwa uzytkownika|nazwa
""".strip()

PASSWORD_LABELS = """
password|pass|passwd|passwrd|pword|passcode|passphrase|pwd|pw|psw|pswd|pass word
contrasena|clave
mot de passe|mdp
passwort|kennwort|pwort
senha|palavra-passe|palavra passe
parola|parola d'ordine
пароль|пасс|пасворд
sifre|sifresi
haslo
""".strip()

SHORT_PASSWORD_LABELS = "p|ps|k"  # noqa: S105 - labels
"""Count only beside a label of a user name: `u: … p: …`."""

LOGIN_PHRASES = """
log in with|login with|log on with|log into it with|sign in with|log in as|login as|sign in as|log in using|login using
inicia sesion con|entra con|accede con|entrar con
connecte toi avec|connecte-toi avec|connectez-vous avec|connectez vous avec|connexion avec
logg dich ein mit|log dich ein mit|einloggen mit|anmelden mit|melde dich an mit
entre com|entra com|faz login com|faca login com|inicie sessao com
accedi con|entra con|fai login con
войди с|войти с|заходи с|войди под|зайди под|заходи под|войти под
zaloguj sie na|zaloguj sie jako|zaloguj sie przez|loguj sie na
su hesapla gir|giris yap
""".strip()

ACCOUNT_WORDS = """
account|acc|acct|accs|accounts|login|logins|cuenta|compte|konto|conta|hesap|аккаунт|акк|profil|profile
""".strip()
"""Words that make two loose values beside a bar look like a log-in."""

IS_WORDS = "is|are|es|est|ist|lautet|jest|это|=|will be|e"
AND_WORDS = "and|und|y|et|e|i|и|ve|with|con|avec|mit|com|z|c"

_NO_VALUES = """
a ab about again all already als also am an and any apple are as asap ask at available bad be bei below benim bitte
book both but by change changed changing check code con contra could create de del delete den der des die different
dimenticata discord dm do does done dont door e-mail each el email empty en enter error esqueci esquecida example
exists expired facebook fail failed field first for forget forgot forgotten from generator girl github good google
great guest had has have help her here hidden hint his how i if ihr ihre il im in incorrect info insecure instagram
instead into invalid is isnt issue issues ist it its je just keep key la le less li link list locked login lost make
manager manual me mein meine microsoft min minimum missing mit mixed more must my name need needed needs never new
next nicht no none not now obligatoria of off ok old olvidada olvidado olvide on once only optional or oublie our out
over page par pas password passwords per phone please por post pour private problem problems protected protection qr
question questions read recovery remember requerida required requirements reset resets reuse rules safe same screen
secret secure security see sent set settings should show soon steam stolen strength strong stuff su sur test than that
the their them then there these they thing this times tip tips to today too tout true tu twitter two und unknown until
unutdum update updated use used user username usual valid value vergessen via waiting want was way we weak well were
what when where which who whose will with without work working works would wrong yanlis yes you your yours zapomniane
забыл забыла неверный новый
"""
NO_VALUES = frozenset(_NO_VALUES.split())
"""Words that stand where a value would, and are none."""

_OTHER_PASSES = """
access annual back backstage band battle boarding bus city covid day eurail event ferry festival first forward free
game green guest hall health high interrail lift long low metro month monthly mountain museum park press season second
short side ski through ticket touch train tram travel vip weekend weekly
"""
PASSES_OF_OTHER_KINDS = frozenset(_OTHER_PASSES.split())
"""Before `pass`: a pass of another kind."""

CONTEXTS: dict[str, str] = {
    "wireless": "wifi|wi-fi|wi fi|wlan|ssid|hotspot|router|вайфай|вай-фай|wireless|internet access|free internet",
    "meeting": "zoom|meeting|webinar|conference call|dial in|dial-in|teams call|reunion|besprechung|toplanti",
    "room": "room id|room code|room name|lobby|raum id|sala|match id|server ip|custom room|game id",
}
"""What else a password opens that many share innocently."""


def split_words(lines: str) -> list[str]:
    """Return the words of one of the lists above, longest first."""
    return sorted(
        {word for line in lines.splitlines() for word in line.split("|")}, key=lambda word: (-len(word), word)
    )
