// The key of the project in entries of the audit list. Entries that masters of earlier versions write have none.

export const auditedKeys = `
ALTER TABLE audit ADD COLUMN project_key text;
CREATE INDEX audit_project_key ON audit (project_key, audit_id) WHERE project_key IS NOT NULL;
`
