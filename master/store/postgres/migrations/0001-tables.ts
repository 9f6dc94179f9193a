// The first tables. Each object is stored whole as JSON, as in the embedded store; the other columns are for searching.

export const tables = `
CREATE TABLE meta (name text PRIMARY KEY, value text NOT NULL);

CREATE TABLE account (username text PRIMARY KEY, data json NOT NULL);

CREATE TABLE token (
  token_id text PRIMARY KEY,
  sha256 text NOT NULL UNIQUE,
  username text NOT NULL REFERENCES account ON DELETE CASCADE,
  expires_at text COLLATE "C" NOT NULL,
  data json NOT NULL
);
CREATE INDEX token_username ON token (username);

CREATE TABLE slave (id text PRIMARY KEY, created_at text COLLATE "C" NOT NULL, data json NOT NULL);

-- Lower-case id and name: on some file systems Fedora and fedora are one folder.
CREATE TABLE project (
  key text PRIMARY KEY,
  id_lower text NOT NULL CONSTRAINT project_id UNIQUE,
  name_lower text NOT NULL CONSTRAINT project_name UNIQUE,
  lead text,
  due_again boolean NOT NULL,
  next_run_time text COLLATE "C",
  data json NOT NULL
);
CREATE INDEX project_lead ON project (lead);
CREATE INDEX project_due_again ON project (lead) WHERE due_again;
CREATE INDEX project_next_run_time ON project (next_run_time);

CREATE TABLE run (
  key text NOT NULL REFERENCES project ON DELETE CASCADE,
  number integer NOT NULL,
  id text COLLATE "C" NOT NULL,
  state text NOT NULL,
  ended boolean NOT NULL,
  queued_at text COLLATE "C" NOT NULL,
  data json NOT NULL,
  -- For a run that goes through the queue: what was asked for, its job, and the master that has taken it.
  wish json,
  job_id uuid,
  taken_by text,
  PRIMARY KEY (key, number)
);
CREATE INDEX run_newest ON run (queued_at DESC, id DESC, number DESC);
CREATE INDEX run_open ON run (key) WHERE NOT ended;
`
