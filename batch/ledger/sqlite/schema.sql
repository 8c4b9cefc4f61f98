-- The embedded ledger, version 2. Times are microseconds of UTC, money is decimal text, lists are JSON.
-- Every row carries a seal, a short hash of all its other columns (of `numbers`: all but `gone`, which the chain tells): a byte
-- changed in it shows when it is read. What is written with every purchase (numbers, attempts, outcomes, journal) is narrow; an order's wide content is
-- written once, when its run is made, and never again.

-- Whose ledger this is: its random id, the key (provider, environment, account, place), and a seal of them all.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- One list of orders for one account; `key` is the hash of its content and of whose ledger this is.
CREATE TABLE runs (
  id      INTEGER PRIMARY KEY,
  name    TEXT NOT NULL UNIQUE,
  key     TEXT NOT NULL UNIQUE,
  files   TEXT NOT NULL,
  columns TEXT NOT NULL,
  rows    INTEGER NOT NULL,
  created INTEGER NOT NULL,
  seal    BLOB NOT NULL
);

-- One process's work on a run. `ended` is NULL while it runs, or where it died.
CREATE TABLE invocations (
  id          INTEGER PRIMARY KEY,
  run         INTEGER NOT NULL REFERENCES runs,
  started     INTEGER NOT NULL,
  who         TEXT NOT NULL,
  host        TEXT NOT NULL,
  pid         INTEGER NOT NULL,
  version     TEXT NOT NULL,
  settings    TEXT NOT NULL,
  assumed     TEXT,
  ended       INTEGER,
  exit_code   INTEGER,
  stop        TEXT,
  halt_reason TEXT,
  opening     TEXT,
  closing     TEXT,
  seal        BLOB NOT NULL
);
CREATE INDEX invocations_of_run ON invocations (run);

-- The rows of a run as its orders had them, duplicates and invalid ones too.
CREATE TABLE orders (
  run        INTEGER NOT NULL,
  position   INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  number     TEXT NOT NULL,
  file       INTEGER NOT NULL,
  sheet      TEXT NOT NULL,
  source_row INTEGER NOT NULL,
  price      TEXT,
  note       TEXT NOT NULL,
  country    TEXT NOT NULL,
  fields     TEXT NOT NULL,
  cells      TEXT NOT NULL,
  seal       BLOB NOT NULL,
  PRIMARY KEY (run, position)
) WITHOUT ROWID;
CREATE INDEX orders_of_number ON orders (number);

-- What this run found out about a row of its own; no row yet: nothing. What another run does later changes nothing here.
-- `worst` is what the purchase was taken to cost when it was claimed; `setup` and `monthly` what the account reported.
CREATE TABLE outcomes (
  run           INTEGER NOT NULL,
  position      INTEGER NOT NULL,
  verdict       TEXT,
  why           TEXT,
  code          INTEGER,
  reason        TEXT NOT NULL,
  invocation    INTEGER,
  confirmed_at  INTEGER,
  confirmed_by  TEXT NOT NULL,
  bought_in     TEXT NOT NULL,
  differs       TEXT NOT NULL,
  worst         TEXT,
  setup         TEXT,
  monthly       TEXT,
  released_at   INTEGER,
  reserved_left REAL,
  seal          BLOB NOT NULL,
  PRIMARY KEY (run, position)
) WITHOUT ROWID;

-- Where each number stands, for all runs: the row of the state table. `since` is when the state was last written, `gone`
-- is set when an inquiry did not find a number that is bought.
CREATE TABLE numbers (
  number     TEXT PRIMARY KEY,
  state      TEXT NOT NULL,
  generation INTEGER NOT NULL,
  attempt    INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  open       INTEGER,
  lost       TEXT NOT NULL,
  code       INTEGER,
  kind       TEXT,
  run        TEXT NOT NULL,
  buyer      TEXT NOT NULL,
  since      INTEGER NOT NULL,
  gone       INTEGER NOT NULL DEFAULT 0,
  seal       BLOB NOT NULL
) WITHOUT ROWID;

-- Every request that spends or gives back: added with its intent, its end filled in once. `settled` is 0 while it may yet
-- turn out to have been charged: no definite answer, and no believed absence. `worst` is what it could cost, `mark` the random
-- text that was sent within its description (empty: none), `entry` its intent in the journal.
CREATE TABLE attempts (
  number     TEXT NOT NULL,
  attempt    INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  run        TEXT NOT NULL,
  position   INTEGER NOT NULL,
  invocation INTEGER NOT NULL,
  intent     INTEGER NOT NULL,
  entry      INTEGER NOT NULL,
  worst      TEXT,
  mark       TEXT NOT NULL,
  settled    INTEGER NOT NULL,
  ended      INTEGER,
  outcome    TEXT NOT NULL,
  code       INTEGER,
  reason     TEXT NOT NULL,
  seconds    REAL NOT NULL,
  seal       BLOB NOT NULL,
  PRIMARY KEY (number, attempt)
) WITHOUT ROWID;

-- The chain: every fact that money hangs on, in the order in which it was committed. `hash` is the SHA-256 of the hash
-- before it and of this entry's content; a row that was changed or cut off shows.
CREATE TABLE journal (
  entry   INTEGER PRIMARY KEY,
  at      INTEGER NOT NULL,
  number  TEXT NOT NULL,
  run     TEXT NOT NULL,
  rule    TEXT NOT NULL,
  before  TEXT NOT NULL,
  after   TEXT NOT NULL,
  attempt INTEGER,
  code    INTEGER,
  reason  TEXT NOT NULL,
  hash    BLOB NOT NULL
);
