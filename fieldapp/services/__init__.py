"""The verbs of the program: window and command line both call these and nothing deeper. Each returns what changed.

A map of all modules. What others call stands first in each group; the rest serves those.

Vault and people
    archive            an unlocked vault with its clock: what every service works on
    vaults             making, unlocking, recovering; going on with a copy; finishing what an earlier run left
    ways               what a person has in hand to come in: passphrase, phrase, or two people's shares
    writers            several people on one machine: a passphrase, a log and a card each
    shares             the shares of this vault as they lie in it, for `safety.escrow` and a new key
    spoken_words       twelve words read from paper or heard on the phone, looked at while they are typed
    paper              whether the recovery phrase surely stands on paper
    preferences        what a person prefers in this vault, kept inside it
    look               what is chosen before any passphrase: language and appearance
    keeping            whether this device keeps things for others
    half_finished      where somebody was, and what was typed that is no record yet

Writing down
    records            writing down, changing, linking, hiding; settling where accounts differ
    drafts             typing: kept within a second, made into entries when the person leaves
    documents          files in and out: attached, looked at, copied out on purpose
    tasks              one volunteer is asked about one person, for a time
    undoing            the last save here said again as it was before
    restoring          an earlier state of a record brought back
    seen               what a record said when somebody began to type, so that nothing is replaced unseen
    files              files that a person named: opened only where ordinary, written whole

Reading
    views              lists, one record, search
    desk               what came in: wrong, to be decided, urgent, new, missing
    history            what happened to a record, and who is behind it
    conflicts          where accounts disagree
    callings           what the writers of logs are called here
    indexing           the index for search, brought up to date slice by slice

Who is who
    cards              identity cards: the own ones, and files that hold one
    trust              people whose words were compared, and what they are to us
    revoking           a device is lost, or somebody left
    alarms             copies in use, old files put back, clocks that jump
    clocks             where the time of a log jumped
    likeness           whether people would take one name for another
    age_key            the key for bundles, copied out on purpose

Handing over
    handover           choosing what goes, sealing it, remembering that it went
    in_parts           the same, cut into small files
    selection          of each entry the body, or only the header
    going              which entries may go to whom
    decisions_going    which decisions go along
    entries_going      the entries in their order, log by log
    objects_going      which files go along with the documents
    departures         bundles that were made here, their numbers and contents
    row_sets           many rows at once, as conditions and as bits

Taking in
    arrivals           looked into, checked whole, and only then believed
    incoming           a file on its way in, on any thread, without the database
    outcomes           what became of a bundle, and what a person must hear of
    parts              parts that wait until all are here
    part_files         parts as files: what each says, a whole set joined
    quarantine         what waits for a person's decision, sender by sender
    waiting            sealed bundles of senders who are not trusted

What arrived where
    receipts           who proved to hold what: the door to the four below
    statements         telling what is here, believing what others prove
    held_here          what is here, as a receipt tells of it
    holdings           what others hold, as far as it is proved
    acknowledged       copies of records, what waits, which bundles never came
    holders            whose word counts as a copy
    coverage           whether enough coordinators hold what would leave

Taking back, erasing, leaving
    withdrawals        a narrator takes back what was told
    withdrawn          the withdrawals that stand here, as a person sees them
    telling            who had something and must be told by other means
    removal            travelling light
    slips              task slips that count, and leave after their day
    erasure            bodies and objects taken off this device
    scrubbing          index and database written anew afterwards
    traces             which entries were about a record, also after their bodies went

Practice
    demonstration             a small invented archive
    demonstration_pictures    papers and photographs in it, drawn here and of nobody

Safety of the vault
    safety.escrow              coordinators keep shares, any two of them open the vault
    safety.holding_shares      shares that are kept here for others
    safety.rekeying            somebody saw a passphrase: a new key
    safety.backups             one file, to which later states are added, and read back
    safety.backup_contents     what belongs to a backup, and what is noted of it
    safety.backup_place        what lies where a backup is to be written, and how much room there is
    safety.backup_restoring    a vault out of a backup
    safety.checking            everything looked at, nothing written
    safety.findings            what a check finds: values only
    safety.walking             the journal, entry by entry, as a stranger would
    safety.objects_read        every object read to its end
    safety.files_there         files of which nobody speaks
    safety.index_compared      lists and search, compared with what the journal makes of them
    safety.rescue              a damaged vault repaired in a copy
    safety.rescue_files        its files, also under names that nobody knows any more
    safety.copying             files copied as far as the disk gives them out
    safety.database_found      which reading of its database holds more, with the journal beside it or without
    safety.mending             its database brought to where it agrees with itself
    safety.mending_ways        who writes there then, and who comes in with what
    safety.destroying          the end of a vault, and what would be lost with it
    safety.machine             what the machine below gives away
    safety.hints               quiet hints, one line each on the desk
    safety.looking_after       when it was checked last, and where the last backup went
"""
