// The audit list.

export const audit = `
CREATE TABLE audit (
  audit_id text COLLATE "C" PRIMARY KEY,
  at text COLLATE "C" NOT NULL,
  username text,
  method text NOT NULL,
  project text,
  data json NOT NULL
);
CREATE INDEX audit_username ON audit (username, audit_id);
CREATE INDEX audit_project ON audit (project, audit_id) WHERE project IS NOT NULL;
`
