// The tables that several masters share: the masters, texts that are too large for a notification, and failed log-ins.

export const masters = `
CREATE TABLE master (
  node text PRIMARY KEY,
  url text NOT NULL,
  state text NOT NULL,
  seen_at timestamptz NOT NULL
);

-- Lost when the database itself crashes, which is no harm: all masters then begin anew.
CREATE UNLOGGED TABLE notice (
  id bigserial PRIMARY KEY,
  text text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNLOGGED TABLE login_failure (
  bucket text PRIMARY KEY,
  failures integer NOT NULL,
  ends_at timestamptz NOT NULL
);
`
