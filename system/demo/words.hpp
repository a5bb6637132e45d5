// The word lists of the demo catalogue. In a plot, {a} is a person with an article ("a retired pilot"), {n} a name, {p}
// a place, {t} a thing.
#pragma once

#include <array>
#include <string_view>

namespace matinee::demo {

using Text = std::string_view;

inline constexpr auto kFirstNames = std::to_array<Text>(
    {"Ada",   "Alma",   "Amara", "Anton",  "Aroha", "Bela",   "Carmen", "Cyril",  "Dalia", "Dario",  "Edda",  "Elif",
     "Emeka", "Esther", "Farid", "Greta",  "Hana",  "Henrik", "Ida",    "Imani",  "Ines",  "Ivo",    "Jonas", "Joy",
     "Kaito", "Kofi",   "Lars",  "Leila",  "Lucia", "Malik",  "Mara",   "Mateo",  "Mina",  "Nadia",  "Nils",  "Noor",
     "Olga",  "Oscar",  "Petra", "Rafael", "Rosa",  "Samir",  "Sana",   "Teodor", "Uma",   "Viktor", "Yara",  "Zoe"});
inline constexpr auto kLastNames = std::to_array<Text>(
    {"Abara",  "Almeida", "Amundsen", "Asante",   "Bakker", "Berg",   "Castell", "Cohen",  "Dimitrov",
     "Duarte", "Egede",   "Falk",     "Ferreira", "Gallo",  "Haddad", "Hale",    "Holm",   "Ibsen",
     "Ito",    "Jansen",  "Kaya",     "Keller",   "Kovacs", "Lund",   "Madaki",  "Marsh",  "Mendes",
     "Mori",   "Navarro", "Nowak",    "Okafor",   "Olsen",  "Park",   "Quist",   "Rahimi", "Rossi",
     "Sato",   "Silva",   "Sorel",    "Tanaka",   "Vance",  "Weiss",  "Yilmaz",  "Zeller"});

inline constexpr auto kAdjectives = std::to_array<Text>(
    {"Silent",   "Golden",   "Broken",    "Distant",   "Hidden",    "Crooked",  "Burning", "Frozen",
     "Last",     "First",    "Wandering", "Borrowed",  "Hollow",    "Crimson",  "Quiet",   "Restless",
     "Northern", "Paper",    "Glass",     "Iron",      "Forgotten", "Electric", "Velvet",  "Salt",
     "Winter",   "Midnight", "Shallow",   "Endless",   "Invisible", "Second",   "Honest",  "Stolen",
     "Painted",  "Drowned",  "Gentle",    "Reluctant", "Savage",    "Copper",   "Lonely",  "Brave",
     "Sunken",   "Patient",  "Wicked",    "Ordinary",  "Lost",      "Bright",   "Secret",  "Southern"});
inline constexpr auto kNouns = std::to_array<Text>(
    {"Lighthouse",  "Harbour",   "Orchard",  "Cartographer", "Orchestra", "Bridge",  "Garden",    "Archive",
     "Tide",        "Machine",   "Letters",  "Horizon",      "Kingdom",   "Station", "Summer",    "Detective",
     "Mountain",    "Choir",     "River",    "Gambit",       "Carousel",  "Compass", "Falcon",    "Lantern",
     "Locksmith",   "Meridian",  "Mirror",   "Observatory",  "Passage",   "Pilgrim", "Promise",   "Republic",
     "Rehearsal",   "Satellite", "Season",   "Signal",       "Storm",     "Tailor",  "Theatre",   "Translator",
     "Valley",      "Verdict",   "Voyage",   "Watchmaker",   "Window",    "Witness", "Wolves",    "Island",
     "Inheritance", "Hotel",     "Frontier", "Ferryman",     "Engine",    "Dynasty", "Clockwork", "Beekeeper"});
inline constexpr auto kAbstracts =
    std::to_array<Text>({"Ashes",   "Dust",      "Echoes",  "Fortune",  "Glass", "Grace",  "Honey",  "Ice",
                         "Light",   "Mercy",     "Memory",  "Mischief", "Rain",  "Ruin",   "Salt",   "Shadows",
                         "Silence", "Strangers", "Thieves", "Thunder",  "Trust", "Winter", "Wonder", "Wool"});
inline constexpr auto kPlaces = std::to_array<Text>(
    {"Port Amber",        "Lower Vienna",    "the Salt Coast", "Marrow Bay",      "Tarn Valley",   "New Carthage",
     "Ostrava Heights",   "Kestrel Island",  "the Blue Atlas", "Saint Odile",     "Fernhollow",    "the Ninth District",
     "Lake Oriel",        "Cape Solace",     "Thornbury",      "the Long Canal",  "Vesper Street", "Halcyon Station",
     "Old Lisbon",        "the Grey Steppe", "Mirador",        "Blackwater Mill", "Aurora Base",   "Sable Point",
     "the Paper Quarter", "Hollins Ferry",   "Tamarind Row",   "Nightingale Lane"});

inline constexpr auto kPeople = std::to_array<Text>(
    {"a retired pilot",          "a young translator", "an exiled judge",     "a small-town baker",
     "a failed magician",        "a stubborn widow",   "a night-shift nurse", "a disgraced reporter",
     "an apprentice clockmaker", "a champion fencer",  "a lighthouse keeper", "an insurance clerk",
     "a travelling cellist",     "a former smuggler",  "a shy mathematician", "a village doctor",
     "an ambitious cook",        "a runaway heiress",  "a tired detective",   "a beekeeper's daughter",
     "a museum guard",           "a deep-sea diver",   "a ghostwriter",       "an orphaned prince",
     "a schoolteacher",          "a piano tuner",      "a bus driver",        "a botanist",
     "an old footballer",        "a junior minister",  "a lapsed monk",       "a radio operator"});
inline constexpr auto kThings = std::to_array<Text>({"a box of unsent letters",
                                                     "a map that changes overnight",
                                                     "a stolen violin",
                                                     "a key without a door",
                                                     "a recording of a voice",
                                                     "an unfinished symphony",
                                                     "a ledger full of names",
                                                     "a dog that nobody claims",
                                                     "a locked greenhouse",
                                                     "a forged passport",
                                                     "a photograph of the future",
                                                     "a sunken bell",
                                                     "a recipe in a dead language",
                                                     "a suitcase of banknotes",
                                                     "a broken telescope",
                                                     "a missing witness",
                                                     "a house that is not on any plan",
                                                     "a train that never arrived",
                                                     "a diary in two hands",
                                                     "a child who remembers too much",
                                                     "a painting behind a painting",
                                                     "an empty grave",
                                                     "a radio that answers",
                                                     "a tree that flowers in winter"});

/// A genre, what goes with it, how strong it may be (0 G to 4 TV-MA), and its plots.
struct Genre {
    Text name;
    std::array<Text, 3> companions;
    int mildest, strongest;
    std::array<Text, 4> plots;
};
inline constexpr std::array<Genre, 14> kGenres = {{
    {"drama",
     {"romance", "family", "mystery"},
     1,
     4,
     {"{N} returns to {p} to bury a father, and finds {t} that he kept from everybody.",
      "In {p}, {a} takes in a stranger for one night. It becomes a year that neither of them can explain to the "
      "others.",
      "Three sisters inherit {t} and one weekend to decide what to do with it.",
      "When the mill in {p} closes, {a} has to choose between the town and the truth about it."}},
    {"comedy",
     {"romance", "family", "crime"},
     0,
     3,
     {"{A} wins {t} in a raffle and loses everything else by Tuesday.",
      "To save the cinema of {p}, {a} promises a premiere for a film that does not exist yet.",
      "{N} has lied about being {a} for ten years. Then somebody in {p} actually needs one.",
      "Two rivals open the same restaurant on opposite sides of {p}, with one cook between them."}},
    {"thriller",
     {"crime", "mystery", "drama"},
     2,
     4,
     {"{A} has until dawn to get {t} out of {p}, and no idea who is asking for it.",
      "Somebody in {p} knows the day on which {n} will disappear, and has already sold the story.",
      "A call meant for somebody else leads {a} to {t}, and to the people who would kill for it.",
      "Everyone on the last ferry to {p} has a reason to keep it from arriving. {A} is the only one without a plan."}},
    {"mystery",
     {"crime", "drama", "thriller"},
     1,
     3,
     {"{T} turns up in {p}, forty years late, and {a} is the only one who asks why.",
      "In {p} every clock stopped at the same minute. {N} begins with the clockmaker.",
      "{A} comes to {p} for the silence and finds {t}.",
      "Nobody in {p} has seen the tenant of the top floor. {N} has the key, and a week."}},
    {"crime",
     {"thriller", "drama", "mystery"},
     2,
     4,
     {"Five strangers plan to steal {t} from the safest house in {p}. One of them built it.",
      "{N} kept the books for the family that runs {p}. Now both sides of the law would like to read them.",
      "{A} confesses to a murder in {p} that has not been committed yet.",
      "One last delivery across {p}: {t}, no questions. Then the driver opens it."}},
    {"science-fiction",
     {"adventure", "thriller", "drama"},
     1,
     4,
     {"On {p}, {a} receives a signal that was sent from the same room, tomorrow.",
      "The colony at {p} has air for nine days and {t}. {N} does the sums again.",
      "A machine that grants one apology brings {a} to {p}, on the wrong day.",
      "When the city of {p} votes to forget the war, {n} is paid to remember it."}},
    {"fantasy",
     {"adventure", "family", "romance"},
     0,
     3,
     {"{A} of {p} must return {t} to the river before the river comes for it.",
      "The last dragon of {p} is looking for work, and {n} for somebody who is not afraid of heights.",
      "Once in a hundred years the gates of {p} open for whoever carries {t}.",
      "{N} is chosen by the wrong prophecy, and is rather good at it."}},
    {"adventure",
     {"family", "fantasy", "science-fiction"},
     0,
     2,
     {"With {t} and half a crew, {a} sets out from {p} to find the other half.",
      "{N} follows a grandmother's map across {p}, chased by everybody who ever read it.",
      "The race around {p} has one rule, and {a} has just broken it.",
      "A storm takes the expedition from {p} off every chart. What they find there is {t}."}},
    {"romance",
     {"comedy", "drama", "music"},
     0,
     3,
     {"They meet once a year in {p}, by accident, until {a} stops believing in accidents.",
      "{N} writes love letters for others. The answers that come to {p} are not for the others.",
      "A wedding in {p}, {t}, and two guests who were never invited.",
      "{A} and a rival share one house in {p} for a winter, divided by a line of chalk."}},
    {"family",
     {"animation", "adventure", "comedy"},
     0,
     1,
     {"Two children of {p} hide {t} from the grown-ups, who are hiding something larger.",
      "{N} is eleven and the new mayor of {p}, by a mistake that nobody dares to correct.",
      "A snowed-in school in {p}, {a}, and the best week of the year.",
      "When the circus leaves {p} without its elephant, {n} has a garden to offer."}},
    {"documentary",
     {"music", "family", "drama"},
     0,
     2,
     {"A year with the people who keep {p} running while it sleeps.",
      "How {t} divided {p}, told by everybody who was there and agrees on nothing.",
      "{A} walks from the source of a river to {p} and listens.",
      "The rise, fall and second rise of {p}, from its own home films."}},
    {"horror",
     {"thriller", "mystery", "drama"},
     2,
     4,
     {"{A} buys the house at {p}. It has already been paid for.",
      "Something in {p} answers when children count. {N} has stopped counting.",
      "The choir of {p} sings one voice too many, and nobody will say whose.",
      "They found {t} under the chapel. They should have left it shut."}},
    {"music",
     {"drama", "romance", "documentary"},
     0,
     3,
     {"A forgotten record brings {a} to {p}, where everybody knows the song and nobody the singer.",
      "The orchestra of {p} has one concert left, and {t} where its money used to be.",
      "{N} has perfect pitch and a hall full of people who were promised somebody else.",
      "Four friends from {p}, one van, and the summer in which they were nearly famous."}},
    {"animation",
     {"family", "adventure", "fantasy"},
     0,
     1,
     {"A paper bird from {p} wants to see the rain.",
      "Under the floors of {p} lives a post office for lost things, and it has just received {t}.",
      "The smallest lantern of {p} is sent to find the moon.",
      "A retired robot and a duck cross {p} to deliver a birthday cake."}},
}};

inline constexpr auto kClosings = std::to_array<Text>(
    {"Nothing stays buried for long.", "Some doors open only from the inside.", "And then it begins to snow.",
     "The rest is a question of nerve.", "Everybody has one good reason.", "It will take more than courage.",
     "What they lose is not what they miss.", "Nobody leaves as they came."});

inline constexpr auto kEpisodeTitles = std::to_array<Text>(
    {"Arrivals",          "The Long Way Round", "What the River Kept", "A Debt in Spring", "Cold Open",
     "Nobody's Fault",    "The Visitor",        "Second Thoughts",     "Low Tide",         "Everything Must Go",
     "An Honest Mistake", "The Wrong Train",    "House Rules",         "Under the Lamps",  "Half a Promise",
     "The Understudy",    "Paper Walls",        "High Water",          "Old Friends",      "The Second Key",
     "Blind Corner",      "A Table for Nine",   "The Night Shift",     "Departures"});

}  // namespace matinee::demo
