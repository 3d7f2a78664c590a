//! What the rules of the parent module know of languages and scripts.
//!
//! Abbreviations are written without their last period and in lower case where
//! both cases occur: an entry also stands for itself with a capital. Only words
//! that seldom end a sentence in *any* language are listed, since the language of
//! a text is not known: English `ill.` keeps the Hungarian `ill.` out. One letter,
//! and letters with periods between (`z.B.`, `т.д.`), need no entry unless they
//! are more particular than the rules for their shape.

/// How an abbreviation stands in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Abbreviation {
    /// Before a name or another word; never last.
    BeforeName,
    /// An abbreviation before a number, else a word like any other.
    BeforeNumber,
    /// Anywhere; last if a word that often begins a sentence follows.
    MayEnd,
}

/// The lists of one language, entries parted by white space.
pub(super) struct Language {
    before_name: &'static str,
    before_number: &'static str,
    may_end: &'static str,
    /// Words, capitalized, that often begin a sentence and seldom a name.
    starters: &'static str,
}

impl Language {
    /// The abbreviations and their kinds.
    pub(super) fn abbreviations(&self) -> impl Iterator<Item = (&'static str, Abbreviation)> {
        let lists = [
            (self.before_name, Abbreviation::BeforeName),
            (self.before_number, Abbreviation::BeforeNumber),
            (self.may_end, Abbreviation::MayEnd),
        ];
        let entries = |(list, kind)| str::split_whitespace(list).map(move |entry| (entry, kind));
        lists.into_iter().flat_map(entries)
    }

    /// The words that often begin a sentence.
    pub(super) fn starters(&self) -> impl Iterator<Item = &'static str> {
        self.starters.split_whitespace()
    }
}

/// Every language with lists.
pub(super) const LANGUAGES: &[Language] = &[
    FRENCH,
    ENGLISH,
    GERMAN,
    SPANISH,
    PORTUGUESE,
    ITALIAN,
    DUTCH,
    POLISH,
    CZECH,
    RUSSIAN,
    UKRAINIAN,
    GREEK,
    NORDIC,
    OTHER_LATIN,
    OTHER_SCRIPTS,
];

const FRENCH: Language = Language {
    before_name: "\
        MM mme mmes mlle mlles dr drs Pr Prs Me Mgr St Ste Sts Gén Gal Cdt Cne Lt Sgt Adj Col \
        Cél S.E S.M S.Exc av bd bld boul rte cf env apr dép éd hab ibid tél resp auj Cie",
    before_number: "\
        p pp n no nos n° nº art chap ch fig vol t tab liv janv févr fév avr juil sept oct nov \
        déc v s l",
    may_end: "etc J.-C h min sec éds coll suiv sq R.-U",
    starters: "\
        Le La Les L Un Une Des Du Il Elle Ils Elles On Ce C Cet Cette Ces Dans En Au Aux À Mais \
        Pour Par Sur Selon Après Avant Depuis Nous Vous Je J Son Sa Ses Leur Leurs Et Or Si Puis \
        Qui D N S Lors Ainsi Avec Sans Cependant Pourtant Toutefois Enfin Alors",
};

const ENGLISH: Language = Language {
    before_name: "\
        mr mrs ms Mx Prof Rev Hon Gen Brig Maj Capt Cmdr Cpl Pvt Sen Rep Reps Sens Gov Pres Supt \
        Insp Amb Atty Msgr Fr Br Mt Ft vs e.g i.e viz Ave Blvd Rd",
    before_number: "\
        No Nos Vol Vols Ch Chs Fig Figs Sec Eq Art Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov \
        Dec approx ca c",
    may_end: "\
        Inc Ltd Co Cos Corp Bros LLC plc Jr Sr Esq al dept U.S U.K U.N D.C a.m p.m Ph.D M.D B.A \
        M.A Univ Assn Govt",
    starters: "\
        The A An In It Its He She They We You But And This That These Those There On At For As \
        If When While However After Before With From By His Her Their Our Some Many Most Since \
        To What Who",
};

const GERMAN: Language = Language {
    before_name: "\
        Hr Hrn Fr Frl Dipl Ing Mag Hptm St bzw ca vgl ggf evtl inkl exkl zzgl abzgl sog \
        bes insb geb gest verh gegr ehem zz zzt dgl Jh Jhd Hrsg hrsg urspr entspr allg dt engl \
        frz lat",
    before_number: "nr Nrn Bd Kap Abs Art S Abb Tab Aufl Jg H Tel Ziff Rn",
    may_end: "usw usf Str str Mio Mrd Tsd Std Min v.Chr n.Chr Chr GmbH AG Verl",
    starters: "\
        Der Die Das Den Dem Des Ein Eine Einen Er Sie Es Wir Ich Im Am Auf Bei Nach Mit Von Zu \
        Zum Zur Für Und Aber Auch Als Wenn Dieser Diese Dieses Seit Doch Dabei Damit Dazu So Wie \
        Was Nun",
};

const SPANISH: Language = Language {
    before_name: "\
        sr sra srta sres sras dr dra dres dña lic Ing Arq gral Cnel Cmdte Tte Sgto ud uds vd \
        vds Mons Pbro Sto Sta Avda Pza EE prof profa Excmo Excma Ilmo",
    before_number: "pág págs núm núms cap Art tel tfno vol aprox",
    may_end: "UU EE.UU EEUU FF.AA a.C d.C Cía S.A S.L dept depto",
    starters: "\
        El Los Las Una Él Ella Ellos Pero Por Para Con Según Su Sus Se Al Este Esta Estos Estas \
        Además También Tras Durante Desde Cuando No",
};

const PORTUGUESE: Language = Language {
    before_name: "sr sra srs dr dra profa Eng Exmo Exma D Des Cel Dep Sen",
    before_number: "pág págs núm cap art tel fl fls",
    may_end: "Ltda Cia S.A a.C d.C",
    starters: "\
        O Os As Um Uma Em Na Nas Nos Ele Ela Eles Elas Mas Com Segundo Ao Já Esse Essa Isso Seu \
        Sua Ainda Após Durante Quando",
};

const ITALIAN: Language = Language {
    before_name: "sig sigg sig.ra sig.na dott dott.ssa prof.ssa avv ing geom On S mons",
    before_number: "pag pagg num cap art artt tel vol",
    may_end: "ecc S.p.A S.r.l a.C d.C",
    starters: "\
        Il Lo I Gli Un Nel Nella Ma Per Con Secondo È Si Questo Questa Dopo Anche Dal Della Alla \
        Quando Non",
};

const DUTCH: Language = Language {
    before_name: "dhr mevr mw drs mr prof ds bijv bv resp m.b.t o.a d.w.z incl excl",
    before_number: "nr nrs blz art hfst tel",
    may_end: "enz e.d N.V B.V v.Chr n.Chr",
    starters: "\
        De Het Een Op Hij Zij Ze We Maar En Dat Dit Deze Voor Met Ook Volgens Toen",
};

const POLISH: Language = Language {
    before_name: "ul pl św ks płk mjr kpt inż mgr hab prof dr tzw np im woj gm ps",
    before_number: "nr str s t ok godz poz ust",
    may_end: "itd itp tys mln mld zł r w m.in p.n.e n.e",
    starters: "W Na Z Do Po Od On Ona Ale To Jest Jego Jej Jak Przez Dla Nie Za",
};

const CZECH: Language = Language {
    before_name: "např tzv mj MUDr JUDr PhDr RNDr Ing Mgr Bc prof sv nám ul tř mjr plk",
    before_number: "č čís str s odst kap",
    may_end: "atd apod tis mld s.r.o a.s př.n.l",
    starters: "V Na Po Ten Ta To Ale Podle Je Jeho Její Když Za Od Do",
};

const RUSSIAN: Language = Language {
    before_name: "\
        им ул пр просп пл пер наб бул проф акад доц ген кап адм тов гр св о оз р пос дер с обл \
        респ напр см ср т.е т.н т.к лат англ греч рус ред изд зам пом нач деп г-н г-жа",
    before_number: "стр с т гл ст п пп рис табл кв д корп тел ок вып",
    may_end: "\
        г гг в вв мин т.д т.п др пр тыс млн млрд трлн руб коп долл ч сек н.э экз чел км кг",
    starters: "\
        В Во На По Он Она Они Оно Но И А С Со За К Из Для Это Эта Этот Эти Как При После До От У \
        О Об Его Её Их Однако Также Когда Если Так Мы Вы Я Там Тогда Среди Под Более Все",
};

const UKRAINIAN: Language = Language {
    before_name: "ім вул просп пл бул проф акад ген див напр обл смт св р-н",
    before_number: "стор гл ст рис табл",
    may_end: "р рр м ст тис млн млрд грн ін т.д т.п н.е о",
    starters: "\
        У В На Він Вона Вони Але Це Цей Ця За Із З Після До Для Й Та Також Його Її",
};

const GREEK: Language = Language {
    before_name: "κ κκ κα Δρ Καθ π.χ λ.χ δηλ βλ Αγ Στρ οδ αρ λεωφ",
    before_number: "σ σελ αρ τ τόμ κεφ τηλ",
    may_end: "κ.λπ κλπ κ.ά π.Χ μ.Χ Α.Ε εκ χιλ δισ",
    starters: "\
        Ο Η Το Οι Τα Στο Στη Στην Στον Αλλά Και Με Για Από Σε Αυτό Αυτή Αυτός Δεν Μετά",
};

const NORDIC: Language = Language {
    before_name: "f.eks t.ex bl.a d.v.s dvs s.k såk f.d hr esim ts ns n.k kl",
    before_number: "nr kl s kap tlf ca",
    may_end: "osv o.s.v m.m mio mia mill mrd f.Kr e.Kr jne eKr jKr",
    starters: "\
        Det Den De En Et Ett Han Hun Hon I På Men Och Og Vi Jeg Jag Da Når När Se Hän He Mutta",
};

/// Romanian, Hungarian, Turkish, Vietnamese, Indonesian, Swahili, Hausa, Yoruba,
/// Wolof and others of which only a few are known.
const OTHER_LATIN: Language = Language {
    before_name: "\
        dl dna dnei d-na d-lui pl ún özv ifj Dk Mh Bw Bi Alh Mal Jl Drs Dra Kol TP Tp GS PGS TS \
        ThS BS KS NS Sn Doç Yrd Op Uzm Cad Sok Mah Bul Apt",
    before_number: "nr str sz kb No tel",
    may_end: "stb ş.a etc vb dll dsb dkk v.v A.Ş Kft Zrt Tbk",
    starters: "Az Egy Și În La Bu Ve Ya Na Kwa Ini Itu Di Dan Pada Dalam",
};

/// Arabic, Persian, Hindi, Bengali, Tamil, Thai and others without case.
const OTHER_SCRIPTS: Language = Language {
    before_name: "\
        أ.د م.م د.م डॉ डा श्री प्रो मो कु एम एस के जी पी आर सी डी बी टी वी एन एल एच जे ডা ড মো \
        মোঃ প্রো অধ্যা திரு டாக் ดร นพ พญ รศ ผศ พล.อ",
    before_number: "ص ج رقم सं पृ পৃ নং",
    may_end: "ق.م ب.م هـ พ.ศ ค.ศ น ई খ্রি",
    starters: "",
};

/// Months that German writes with a capital after `3.`.
pub(super) const MONTHS_AFTER_ORDINAL: &str = "\
    Januar Jänner Jan Februar Feber Feb März April Apr Mai Juni Juli August Aug September \
    Sept Oktober Okt November Nov Dezember Dez Jahrhundert Jahrhunderts";

/// Marks that end a sentence before white space: the characters of Unicode's
/// property `Sentence_Terminal` (UAX #44) that are not in [`FULL_STOPS`], without
/// those of common punctuation. Both ends included, ascending.
pub(super) const MARKS: [(char, char); 13] = [
    ('\u{37e}', '\u{37e}'), // Greek question mark
    ('\u{700}', '\u{702}'), // Syriac
    ('\u{7f9}', '\u{7f9}'), // N'Ko exclamation mark
    ('\u{837}', '\u{837}'), // Samaritan
    ('\u{839}', '\u{839}'),
    ('\u{83d}', '\u{83e}'),
    ('\u{166e}', '\u{166e}'), // Canadian syllabics
    ('\u{1803}', '\u{1803}'), // Mongolian
    ('\u{1809}', '\u{1809}'),
    ('\u{1944}', '\u{1945}'), // Limbu
    ('\u{2e2e}', '\u{2e2e}'), // reversed question mark
    ('\u{a4ff}', '\u{a4ff}'), // Lisu
    ('\u{fe56}', '\u{fe57}'), // small question and exclamation mark
];

/// Full stops and question marks that are never part of a word or number, and
/// so end a sentence without white space. Same source and form.
pub(super) const FULL_STOPS: [(char, char); 29] = [
    ('\u{589}', '\u{589}'),   // Armenian
    ('\u{61d}', '\u{61f}'),   // Arabic question mark and its like
    ('\u{964}', '\u{965}'),   // danda of Devanagari, Bengali and others
    ('\u{104b}', '\u{104b}'), // Burmese; 104A is rather a comma
    ('\u{1362}', '\u{1362}'), // Ethiopic
    ('\u{1367}', '\u{1368}'),
    ('\u{1735}', '\u{1736}'), // Philippine
    ('\u{17d4}', '\u{17d5}'), // Khmer
    ('\u{1aa8}', '\u{1aab}'), // Tai Tham
    ('\u{1b5a}', '\u{1b5b}'), // Balinese
    ('\u{1b5e}', '\u{1b5f}'),
    ('\u{1c3b}', '\u{1c3c}'), // Lepcha
    ('\u{1c7e}', '\u{1c7f}'), // Ol Chiki
    ('\u{3002}', '\u{3002}'), // Chinese, Japanese
    ('\u{a60e}', '\u{a60f}'), // Vai
    ('\u{a6f3}', '\u{a6f3}'), // Bamum
    ('\u{a6f7}', '\u{a6f7}'),
    ('\u{a876}', '\u{a877}'), // Phags-pa
    ('\u{a8ce}', '\u{a8cf}'), // Saurashtra
    ('\u{a92f}', '\u{a92f}'), // Kayah Li
    ('\u{a9c8}', '\u{a9c9}'), // Javanese
    ('\u{aa5d}', '\u{aa5f}'), // Cham
    ('\u{aaf0}', '\u{aaf1}'), // Meetei Mayek
    ('\u{abeb}', '\u{abeb}'),
    ('\u{fe12}', '\u{fe12}'), // vertical forms
    ('\u{fe15}', '\u{fe16}'),
    ('\u{ff01}', '\u{ff01}'), // full-width
    ('\u{ff1f}', '\u{ff1f}'),
    ('\u{ff61}', '\u{ff61}'), // half-width
];
