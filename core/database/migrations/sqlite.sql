CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE addresses (
	record_id INTEGER NOT NULL,
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	verified INTEGER NOT NULL,
	channels TEXT NOT NULL,
	linked_at TEXT NOT NULL,
	CONSTRAINT pk_addresses PRIMARY KEY (record_id, kind, value),
	CONSTRAINT fk_addresses_record_id FOREIGN KEY(record_id) REFERENCES records (id)
)
 WITHOUT ROWID
;
CREATE TABLE history (
	id INTEGER NOT NULL,
	record_id INTEGER NOT NULL,
	intent_id TEXT NOT NULL,
	field TEXT NOT NULL,
	old TEXT,
	new TEXT,
	at TEXT NOT NULL,
	CONSTRAINT pk_history PRIMARY KEY (id),
	CONSTRAINT fk_history_record_id FOREIGN KEY(record_id) REFERENCES records (id)
);
CREATE TABLE intents (
	id INTEGER NOT NULL,
	intent_id TEXT NOT NULL,
	record_id INTEGER,
	campaign TEXT NOT NULL,
	channel TEXT NOT NULL,
	provider TEXT NOT NULL,
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	message_id TEXT NOT NULL,
	received_at TEXT NOT NULL,
	nik TEXT NOT NULL,
	outcome TEXT NOT NULL,
	number TEXT,
	intent TEXT NOT NULL, voucher TEXT,
	CONSTRAINT pk_intents PRIMARY KEY (id),
	CONSTRAINT uq_intents_intent_id UNIQUE (intent_id),
	CONSTRAINT fk_intents_record_id FOREIGN KEY(record_id) REFERENCES records (id)
);
CREATE TABLE opt_outs (
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	out INTEGER NOT NULL,
	at TEXT NOT NULL,
	CONSTRAINT pk_opt_outs PRIMARY KEY (kind, value)
)
 WITHOUT ROWID
;
CREATE TABLE outbox (
	id INTEGER NOT NULL,
	"key" TEXT NOT NULL,
	channel TEXT NOT NULL,
	provider TEXT,
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	reply TEXT NOT NULL,
	headers TEXT NOT NULL,
	answers_request INTEGER NOT NULL,
	status TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	due_at TEXT NOT NULL,
	provider_id TEXT,
	why TEXT,
	created_at TEXT NOT NULL,
	sent_at TEXT, not_before TEXT DEFAULT '' NOT NULL, bulk INTEGER DEFAULT '0' NOT NULL, quiet TEXT DEFAULT '' NOT NULL, refused_by TEXT DEFAULT '[]' NOT NULL, unsure_of TEXT DEFAULT '' NOT NULL, ticket TEXT, not_after TEXT, doubts INTEGER DEFAULT '0' NOT NULL, origin TEXT DEFAULT '' NOT NULL, tried_at TEXT, held_by INTEGER, unvouched INTEGER DEFAULT '0' NOT NULL,
	CONSTRAINT pk_outbox PRIMARY KEY (id),
	CONSTRAINT uq_outbox_key UNIQUE ("key")
);
CREATE TABLE audit (
	id INTEGER NOT NULL,
	at TEXT NOT NULL,
	action TEXT NOT NULL,
	number TEXT, operator TEXT DEFAULT '' NOT NULL, why TEXT DEFAULT '' NOT NULL, salt TEXT DEFAULT '' NOT NULL, sealed TEXT DEFAULT '' NOT NULL, digest TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
CREATE INDEX ix_addresses_kind_value ON addresses (kind, value);
CREATE INDEX ix_intents_record_id ON intents (record_id);
CREATE INDEX ix_intents_outcome ON intents (outcome);
CREATE INDEX ix_intents_channel ON intents (channel);
CREATE INDEX ix_history_record_id ON history (record_id);
CREATE INDEX ix_outbox_provider_provider_id ON outbox (provider, provider_id);
CREATE INDEX ix_outbox_oldest ON outbox (not_before) WHERE status = 'queued' AND bulk = 0;
CREATE INDEX ix_outbox_dead ON outbox (id) WHERE status = 'dead';
CREATE TABLE roster (
	id INTEGER NOT NULL,
	campaign TEXT NOT NULL,
	nik TEXT NOT NULL,
	full_name TEXT NOT NULL,
	profession TEXT NOT NULL,
	facility_code TEXT NOT NULL,
	phone TEXT,
	demo INTEGER DEFAULT '0' NOT NULL,
	invited_at TEXT,
	CONSTRAINT pk_roster PRIMARY KEY (id),
	CONSTRAINT uq_roster_nik_campaign UNIQUE (nik, campaign)
);
CREATE TABLE facilities (
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	regency_code TEXT NOT NULL,
	address TEXT NOT NULL,
	latitude FLOAT,
	longitude FLOAT,
	demo INTEGER DEFAULT '0' NOT NULL,
	CONSTRAINT pk_facilities PRIMARY KEY (code)
);
CREATE TABLE slots (
	id INTEGER NOT NULL,
	campaign TEXT NOT NULL,
	facility_code TEXT NOT NULL,
	start TEXT NOT NULL,
	dose INTEGER NOT NULL,
	capacity INTEGER NOT NULL,
	booked INTEGER DEFAULT '0' NOT NULL, closed INTEGER DEFAULT '0' NOT NULL,
	CONSTRAINT pk_slots PRIMARY KEY (id),
	CONSTRAINT fk_slots_facility_code FOREIGN KEY(facility_code) REFERENCES facilities (code),
	CONSTRAINT uq_slots_campaign_facility_code_dose_start UNIQUE (campaign, facility_code, dose, start),
	CONSTRAINT ck_slots_seats CHECK (booked >= 0 AND booked <= capacity)
);
CREATE INDEX ix_slots_open ON slots (campaign, facility_code, dose, start) WHERE booked < capacity;
CREATE TABLE appointments (
	id INTEGER NOT NULL,
	record_id INTEGER NOT NULL,
	slot_id INTEGER NOT NULL,
	dose INTEGER NOT NULL,
	status TEXT NOT NULL,
	code TEXT NOT NULL,
	sequence INTEGER NOT NULL,
	booked_by TEXT NOT NULL,
	ended_by TEXT,
	created_at TEXT NOT NULL,
	updated_at TEXT NOT NULL, attended_by TEXT DEFAULT '' NOT NULL, batch TEXT DEFAULT '' NOT NULL, walk_in INTEGER DEFAULT '0' NOT NULL,
	CONSTRAINT pk_appointments PRIMARY KEY (id),
	CONSTRAINT fk_appointments_record_id FOREIGN KEY(record_id) REFERENCES records (id),
	CONSTRAINT fk_appointments_slot_id FOREIGN KEY(slot_id) REFERENCES slots (id),
	CONSTRAINT uq_appointments_booked_by UNIQUE (booked_by)
);
CREATE UNIQUE INDEX uq_appointments_live ON appointments (record_id) WHERE status = 'booked';
CREATE TABLE screenings (
	id INTEGER NOT NULL,
	"key" TEXT NOT NULL,
	record_id INTEGER NOT NULL,
	version TEXT NOT NULL,
	answers TEXT NOT NULL,
	outcome TEXT NOT NULL,
	until TEXT NOT NULL,
	at TEXT NOT NULL,
	CONSTRAINT pk_screenings PRIMARY KEY (id),
	CONSTRAINT fk_screenings_record_id FOREIGN KEY(record_id) REFERENCES records (id),
	CONSTRAINT uq_screenings_key UNIQUE ("key")
);
CREATE TABLE tallies (
	subject TEXT NOT NULL,
	since TEXT NOT NULL,
	count INTEGER NOT NULL,
	"key" TEXT NOT NULL,
	CONSTRAINT pk_tallies PRIMARY KEY (subject)
)
 WITHOUT ROWID
;
CREATE TABLE leases (
	name TEXT NOT NULL,
	until TEXT NOT NULL,
	holder TEXT NOT NULL,
	CONSTRAINT pk_leases PRIMARY KEY (name)
)
 WITHOUT ROWID
;
CREATE INDEX ix_roster_campaign_demo ON roster (campaign, demo);
CREATE INDEX ix_facilities_regency_code ON facilities (regency_code);
CREATE INDEX ix_facilities_latitude_longitude ON facilities (latitude, longitude);
CREATE INDEX ix_appointments_record_id ON appointments (record_id);
CREATE INDEX ix_appointments_slot_id ON appointments (slot_id);
CREATE INDEX ix_screenings_record_id ON screenings (record_id);
CREATE INDEX ix_tallies_since ON tallies (since);
CREATE TABLE rosters (
	campaign TEXT NOT NULL,
	begun_at TEXT NOT NULL,
	read_at TEXT,
	checks_after INTEGER,
	CONSTRAINT pk_rosters PRIMARY KEY (campaign)
)
 WITHOUT ROWID
;
CREATE TABLE refusals (
	"key" TEXT NOT NULL,
	why TEXT NOT NULL,
	at TEXT NOT NULL,
	CONSTRAINT pk_refusals PRIMARY KEY ("key")
)
 WITHOUT ROWID
;
CREATE TABLE heartbeats (
	worker INTEGER NOT NULL,
	beats INTEGER NOT NULL,
	CONSTRAINT pk_heartbeats PRIMARY KEY (worker)
);
CREATE TABLE "proofs" (
	record_id INTEGER NOT NULL,
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	code TEXT NOT NULL,
	"key" TEXT NOT NULL,
	tries INTEGER NOT NULL,
	expires_at TEXT NOT NULL,
	checked_by TEXT,
	proven_by TEXT,
	CONSTRAINT pk_proofs PRIMARY KEY (record_id, kind, value),
	CONSTRAINT fk_proofs_record_id FOREIGN KEY(record_id) REFERENCES records (id)
)
 WITHOUT ROWID
;
CREATE INDEX ix_outbox_withheld ON outbox (created_at) WHERE status = 'withheld';
CREATE INDEX ix_outbox_kind_value_channel_status_id ON outbox (kind, value, channel, status, id);
CREATE INDEX ix_outbox_held_by ON outbox (held_by) WHERE held_by IS NOT NULL;
CREATE TRIGGER tr_outbox_release
    AFTER UPDATE OF status, not_before ON outbox
     WHEN (OLD.status = 'queued' AND (NEW.status <> 'queued' OR NEW.not_before > OLD.not_before))
    BEGIN UPDATE outbox SET held_by = NULL WHERE held_by = OLD.id; END;
CREATE TRIGGER tr_outbox_release_deleted
    AFTER DELETE ON outbox
     WHEN (OLD.status = 'queued')
    BEGIN UPDATE outbox SET held_by = NULL WHERE held_by = OLD.id; END;
CREATE TABLE "records" (
	id INTEGER NOT NULL,
	campaign TEXT NOT NULL,
	nik TEXT NOT NULL,
	number TEXT NOT NULL,
	full_name TEXT NOT NULL,
	birth_date TEXT NOT NULL,
	sex TEXT NOT NULL,
	profession TEXT NOT NULL,
	phone TEXT,
	language TEXT NOT NULL,
	status TEXT NOT NULL,
	attributes TEXT NOT NULL,
	version INTEGER NOT NULL,
	created_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	nik_tail TEXT NOT NULL,
	nik_jumble TEXT NOT NULL,
	facility_code TEXT,
	check_due_at TEXT,
	check_attempts INTEGER DEFAULT '0' NOT NULL,
	told_version INTEGER DEFAULT '0' NOT NULL,
	check_round INTEGER DEFAULT '0' NOT NULL,
	standing TEXT DEFAULT 'held' NOT NULL, merged_into INTEGER, app_version INTEGER, regency TEXT DEFAULT '' NOT NULL, name_marks TEXT DEFAULT '' NOT NULL, data_key TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_records PRIMARY KEY (id),
	CONSTRAINT uq_records_number UNIQUE (number)
);
CREATE INDEX ix_records_nik_tail_nik_id ON records (nik_tail, nik, id);
CREATE INDEX ix_records_nik_jumble ON records (nik_jumble);
CREATE INDEX ix_records_phone ON records (phone);
CREATE INDEX ix_records_status ON records (status);
CREATE INDEX ix_records_check_due_at ON records (check_due_at) WHERE check_due_at IS NOT NULL;
CREATE INDEX ix_records_to_be_told ON records (updated_at, id) WHERE version > told_version;
CREATE UNIQUE INDEX uq_records_current ON records (nik, campaign) WHERE standing IN ('claimed', 'held');
CREATE INDEX ix_intents_of_address ON intents (kind, value, campaign, received_at, voucher, nik, outcome);
CREATE TABLE lists (
	id INTEGER NOT NULL,
	"key" TEXT NOT NULL,
	value TEXT NOT NULL,
	lane INTEGER NOT NULL,
	received_at TEXT NOT NULL,
	letter TEXT NOT NULL,
	persons TEXT NOT NULL,
	notes TEXT NOT NULL,
	state TEXT NOT NULL,
	due_at TEXT NOT NULL,
	attempts INTEGER DEFAULT '0' NOT NULL,
	results TEXT DEFAULT '[]' NOT NULL,
	CONSTRAINT pk_lists PRIMARY KEY (id),
	CONSTRAINT uq_lists_key UNIQUE ("key")
);
CREATE INDEX ix_lists_received_at ON lists (received_at);
CREATE INDEX ix_lists_staged ON lists (lane, due_at, id) WHERE state = 'staged';
CREATE TABLE evidence (
	id INTEGER NOT NULL,
	"key" TEXT NOT NULL,
	part INTEGER NOT NULL,
	value TEXT NOT NULL,
	media_type TEXT NOT NULL,
	bytes INTEGER NOT NULL,
	data BLOB NOT NULL,
	received_at TEXT NOT NULL,
	CONSTRAINT pk_evidence PRIMARY KEY (id),
	CONSTRAINT uq_evidence_key_part UNIQUE ("key", part)
);
CREATE INDEX ix_outbox_ready ON outbox (bulk, unvouched, due_at, id) WHERE status = 'queued' AND held_by IS NULL;
CREATE INDEX ix_outbox_outdated ON outbox (not_after) WHERE not_after IS NOT NULL AND reply <> '[[],""]';
CREATE INDEX ix_outbox_old ON outbox (due_at) WHERE status <> 'queued' AND reply <> '[[],""]';
CREATE INDEX ix_proofs_live ON proofs (expires_at) WHERE code <> '';
CREATE INDEX ix_proofs_spent ON proofs (expires_at) WHERE code = '';
CREATE TABLE cases (
	id INTEGER NOT NULL,
	"key" TEXT NOT NULL,
	campaign TEXT NOT NULL,
	kind TEXT NOT NULL,
	nik TEXT DEFAULT '' NOT NULL,
	record_id INTEGER,
	intent_id TEXT DEFAULT '' NOT NULL,
	address_kind TEXT DEFAULT '' NOT NULL,
	value TEXT DEFAULT '' NOT NULL,
	detail TEXT DEFAULT '{}' NOT NULL,
	status TEXT DEFAULT 'open' NOT NULL,
	tries INTEGER DEFAULT '1' NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	opened_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	taken_by TEXT DEFAULT '' NOT NULL,
	taken_until TEXT DEFAULT '' NOT NULL,
	decision TEXT DEFAULT '' NOT NULL,
	decided_by TEXT DEFAULT '' NOT NULL,
	decided_at TEXT DEFAULT '' NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	undo TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_cases PRIMARY KEY (id),
	CONSTRAINT fk_cases_record_id FOREIGN KEY(record_id) REFERENCES records (id)
);
CREATE INDEX ix_cases_nik ON cases (nik);
CREATE INDEX ix_cases_record_id ON cases (record_id);
CREATE UNIQUE INDEX uq_cases_waiting ON cases ("key") WHERE status <> 'decided';
CREATE INDEX ix_cases_waiting ON cases (opened_at, id) WHERE status <> 'decided';
CREATE INDEX ix_cases_undoable ON cases (decided_at) WHERE undo <> '';
CREATE TABLE operators (
	id INTEGER NOT NULL,
	name TEXT NOT NULL,
	role TEXT NOT NULL,
	facility_code TEXT DEFAULT '' NOT NULL,
	password TEXT DEFAULT '' NOT NULL,
	totp TEXT DEFAULT '' NOT NULL,
	totp_step INTEGER DEFAULT '0' NOT NULL,
	wrong INTEGER DEFAULT '0' NOT NULL,
	locked_until TEXT DEFAULT '' NOT NULL,
	created_at TEXT NOT NULL,
	disabled_at TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_operators PRIMARY KEY (id),
	CONSTRAINT uq_operators_name UNIQUE (name)
);
CREATE TABLE operator_links (
	digest TEXT NOT NULL,
	operator_id INTEGER NOT NULL,
	purpose TEXT NOT NULL,
	expires_at TEXT NOT NULL,
	used_at TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_operator_links PRIMARY KEY (digest),
	CONSTRAINT fk_operator_links_operator_id FOREIGN KEY(operator_id) REFERENCES operators (id)
)
 WITHOUT ROWID
;
CREATE TABLE operator_sessions (
	digest TEXT NOT NULL,
	operator_id INTEGER NOT NULL,
	created_at TEXT NOT NULL,
	seen_at TEXT NOT NULL,
	expires_at TEXT NOT NULL,
	CONSTRAINT pk_operator_sessions PRIMARY KEY (digest),
	CONSTRAINT fk_operator_sessions_operator_id FOREIGN KEY(operator_id) REFERENCES operators (id)
)
 WITHOUT ROWID
;
CREATE INDEX ix_operator_sessions_expires_at ON operator_sessions (expires_at);
CREATE TABLE operator_tokens (
	id INTEGER NOT NULL,
	operator_id INTEGER NOT NULL,
	digest TEXT NOT NULL,
	label TEXT NOT NULL,
	scopes TEXT NOT NULL,
	created_at TEXT NOT NULL,
	revoked_at TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_operator_tokens PRIMARY KEY (id),
	CONSTRAINT uq_operator_tokens_digest UNIQUE (digest),
	CONSTRAINT fk_operator_tokens_operator_id FOREIGN KEY(operator_id) REFERENCES operators (id)
);
CREATE TABLE approvals (
	id INTEGER NOT NULL,
	act TEXT NOT NULL,
	number TEXT DEFAULT '' NOT NULL,
	call TEXT DEFAULT '' NOT NULL,
	reason TEXT NOT NULL,
	asked_by TEXT NOT NULL,
	asked_at TEXT NOT NULL,
	expires_at TEXT NOT NULL,
	decided_by TEXT DEFAULT '' NOT NULL,
	decided_at TEXT DEFAULT '' NOT NULL,
	outcome TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_approvals PRIMARY KEY (id)
);
CREATE INDEX ix_approvals_outcome_asked_at ON approvals (outcome, asked_at);
CREATE TABLE api_calls (
	"key" TEXT NOT NULL,
	digest TEXT NOT NULL,
	status INTEGER NOT NULL,
	body TEXT NOT NULL,
	at TEXT NOT NULL,
	CONSTRAINT pk_api_calls PRIMARY KEY ("key")
)
 WITHOUT ROWID
;
CREATE INDEX ix_api_calls_at ON api_calls (at);
CREATE INDEX ix_audit_number_at ON audit (number, at);
CREATE TABLE audit_heads (
	chain TEXT NOT NULL,
	digest TEXT NOT NULL,
	CONSTRAINT pk_audit_heads PRIMARY KEY (chain)
)
 WITHOUT ROWID
;
CREATE TRIGGER tr_cases_intents AFTER INSERT ON intents WHEN (NEW.outcome IN ('in_review', 'refused')) BEGIN UPDATE cases SET tries = tries + 1, intent_id = NEW.intent_id, updated_at = NEW.received_at, version = version + 1 WHERE key = CASE NEW.outcome WHEN 'refused' THEN 'too_many:' || NEW.kind || ':' || NEW.value ELSE 'nik:' || NEW.campaign || ':' || NEW.nik || ':' || NEW.kind || ':' || NEW.value END AND status <> 'decided'; INSERT INTO cases (key, campaign, kind, nik, record_id, intent_id, address_kind, value, opened_at, updated_at) SELECT CASE NEW.outcome WHEN 'refused' THEN 'too_many:' || NEW.kind || ':' || NEW.value ELSE 'nik:' || NEW.campaign || ':' || NEW.nik || ':' || NEW.kind || ':' || NEW.value END, NEW.campaign, CASE WHEN NEW.outcome = 'refused' THEN 'too_many' WHEN NEW.record_id IS NULL THEN 'twin_nik' ELSE 'name_conflict' END, CASE NEW.outcome WHEN 'refused' THEN '' ELSE NEW.nik END, NEW.record_id, NEW.intent_id, NEW.kind, NEW.value, NEW.received_at, NEW.received_at WHERE NOT EXISTS (SELECT 1 FROM cases WHERE key = CASE NEW.outcome WHEN 'refused' THEN 'too_many:' || NEW.kind || ':' || NEW.value ELSE 'nik:' || NEW.campaign || ':' || NEW.nik || ':' || NEW.kind || ':' || NEW.value END AND status <> 'decided') ON CONFLICT DO NOTHING; END;
CREATE TRIGGER tr_cases_records AFTER INSERT ON records WHEN (NEW.status = 'in_review') BEGIN UPDATE cases SET tries = tries + 1, updated_at = NEW.updated_at, version = version + 1 WHERE key = 'record:' || NEW.id AND status <> 'decided'; INSERT INTO cases (key, campaign, kind, nik, record_id, opened_at, updated_at) SELECT 'record:' || NEW.id, NEW.campaign, CASE WHEN NEW.standing IN ('contested', 'superseded') THEN 'name_conflict' ELSE 'roster_name' END, NEW.nik, NEW.id, NEW.updated_at, NEW.updated_at WHERE NOT EXISTS (SELECT 1 FROM cases WHERE key = 'record:' || NEW.id AND status <> 'decided') ON CONFLICT DO NOTHING; END;
CREATE TRIGGER tr_cases_records_moved AFTER UPDATE OF status ON records WHEN (NEW.status IN ('in_review', 'superseded') AND NEW.status <> OLD.status) BEGIN UPDATE cases SET tries = tries + 1, updated_at = NEW.updated_at, version = version + 1 WHERE key = 'record:' || NEW.id AND status <> 'decided'; INSERT INTO cases (key, campaign, kind, nik, record_id, opened_at, updated_at) SELECT 'record:' || NEW.id, NEW.campaign, CASE WHEN NEW.standing IN ('contested', 'superseded') THEN 'name_conflict' ELSE 'roster_name' END, NEW.nik, NEW.id, NEW.updated_at, NEW.updated_at WHERE NOT EXISTS (SELECT 1 FROM cases WHERE key = 'record:' || NEW.id AND status <> 'decided') ON CONFLICT DO NOTHING; END;
CREATE TRIGGER tr_cases_history AFTER INSERT ON history WHEN (NEW.field = 'notice' AND NEW.new = 'not mine') BEGIN UPDATE cases SET tries = tries + 1, updated_at = NEW.at, version = version + 1 WHERE key = 'phone:' || NEW.record_id AND status <> 'decided'; INSERT INTO cases (key, campaign, nik, record_id, kind, opened_at, updated_at) SELECT 'phone:' || NEW.record_id, (SELECT campaign FROM records WHERE id = NEW.record_id), (SELECT nik FROM records WHERE id = NEW.record_id), NEW.record_id, 'phone_denied', NEW.at, NEW.at WHERE NOT EXISTS (SELECT 1 FROM cases WHERE key = 'phone:' || NEW.record_id AND status <> 'decided') ON CONFLICT DO NOTHING; END;
CREATE TRIGGER tr_cases_screenings AFTER INSERT ON screenings WHEN (NEW.outcome = 'ask_site') BEGIN UPDATE cases SET tries = tries + 1, updated_at = NEW.at, version = version + 1 WHERE key = 'screening:' || NEW.record_id AND status <> 'decided'; INSERT INTO cases (key, campaign, nik, record_id, kind, opened_at, updated_at) SELECT 'screening:' || NEW.record_id, (SELECT campaign FROM records WHERE id = NEW.record_id), (SELECT nik FROM records WHERE id = NEW.record_id), NEW.record_id, 'ask_site', NEW.at, NEW.at WHERE NOT EXISTS (SELECT 1 FROM cases WHERE key = 'screening:' || NEW.record_id AND status <> 'decided') ON CONFLICT DO NOTHING; END;
CREATE TRIGGER tr_cases_evidence AFTER INSERT ON evidence WHEN (NEW.part > 0) BEGIN UPDATE cases SET tries = tries + 1, updated_at = NEW.received_at, version = version + 1 WHERE key = 'letter:' || NEW.key AND status <> 'decided'; INSERT INTO cases (key, campaign, kind, address_kind, value, opened_at, updated_at) SELECT 'letter:' || NEW.key, '', 'mixed_letter', 'email', NEW.value, NEW.received_at, NEW.received_at WHERE NOT EXISTS (SELECT 1 FROM cases WHERE key = 'letter:' || NEW.key AND status <> 'decided') ON CONFLICT DO NOTHING; END;
CREATE TRIGGER tr_cases_close AFTER UPDATE OF status ON records WHEN (OLD.status = 'in_review' AND NEW.status IN ('received', 'verified', 'not_listed')) BEGIN UPDATE cases SET status = 'decided', decision = 'keep', decided_by = 'registry', decided_at = NEW.updated_at, updated_at = NEW.updated_at, version = version + 1 WHERE key = 'record:' || NEW.id AND status <> 'decided'; END;
CREATE TRIGGER tr_cases_filed AFTER INSERT ON records WHEN (NEW.standing = 'claimed' AND NEW.status <> 'in_review') BEGIN INSERT INTO cases (key, campaign, kind, nik, record_id, status, opened_at, updated_at) VALUES ( 'record:' || NEW.id, NEW.campaign, 'name_conflict', NEW.nik, NEW.id, 'decided', NEW.updated_at, NEW.updated_at ); END;
CREATE INDEX ix_evidence_newest ON evidence (received_at, id, value, media_type, bytes);
CREATE INDEX ix_evidence_value ON evidence (value, received_at, id, media_type, bytes);
CREATE INDEX ix_records_merged_into ON records (merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE erasures (
	"key" TEXT NOT NULL,
	receipt TEXT NOT NULL,
	at TEXT NOT NULL,
	CONSTRAINT pk_erasures PRIMARY KEY ("key"),
	CONSTRAINT uq_erasures_receipt UNIQUE (receipt)
)
 WITHOUT ROWID
;
CREATE TABLE closures (
	id INTEGER NOT NULL,
	"key" TEXT NOT NULL,
	campaign TEXT NOT NULL,
	facility_code TEXT NOT NULL,
	begins TEXT NOT NULL,
	ends TEXT NOT NULL,
	offer TEXT NOT NULL,
	made_by TEXT NOT NULL,
	made_at TEXT NOT NULL,
	done_at TEXT DEFAULT '' NOT NULL,
	reopened_at TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_closures PRIMARY KEY (id),
	CONSTRAINT uq_closures_key UNIQUE ("key"),
	CONSTRAINT fk_closures_facility_code FOREIGN KEY(facility_code) REFERENCES facilities (code)
);
CREATE INDEX ix_closures_facility_code_begins ON closures (facility_code, begins);
CREATE INDEX ix_closures_unfinished ON closures (id) WHERE done_at = '';
CREATE TABLE displaced (
	appointment_id INTEGER NOT NULL,
	closure_id INTEGER NOT NULL,
	record_id INTEGER NOT NULL,
	"key" TEXT NOT NULL,
	moved INTEGER DEFAULT '0' NOT NULL,
	called_at TEXT DEFAULT '' NOT NULL,
	called_by TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_displaced PRIMARY KEY (appointment_id),
	CONSTRAINT fk_displaced_appointment_id FOREIGN KEY(appointment_id) REFERENCES appointments (id) ON DELETE CASCADE,
	CONSTRAINT fk_displaced_closure_id FOREIGN KEY(closure_id) REFERENCES closures (id),
	CONSTRAINT fk_displaced_record_id FOREIGN KEY(record_id) REFERENCES records (id) ON DELETE CASCADE
)
 WITHOUT ROWID
;
CREATE INDEX ix_displaced_closure_id ON displaced (closure_id);
CREATE INDEX ix_displaced_record_id ON displaced (record_id);
CREATE TRIGGER tr_slots_closed AFTER UPDATE OF booked, closed ON slots WHEN (NEW.closed = 1 AND NEW.booked < NEW.capacity) BEGIN UPDATE slots SET capacity = NEW.booked WHERE id = NEW.id; END;
CREATE TABLE funnel (
	day TEXT NOT NULL,
	channel TEXT NOT NULL,
	step TEXT NOT NULL,
	people BIGINT NOT NULL,
	CONSTRAINT pk_funnel PRIMARY KEY (day, channel, step)
)
 WITHOUT ROWID
;
CREATE TABLE exports (
	id INTEGER NOT NULL,
	asked TEXT NOT NULL,
	format TEXT NOT NULL,
	asked_by TEXT NOT NULL,
	reason TEXT NOT NULL,
	expires_at TEXT NOT NULL,
	CONSTRAINT pk_exports PRIMARY KEY (id)
);
CREATE TABLE standby (
	id INTEGER NOT NULL,
	record_id INTEGER NOT NULL,
	"key" TEXT NOT NULL,
	campaign TEXT NOT NULL,
	dose INTEGER NOT NULL,
	low TEXT NOT NULL,
	high TEXT NOT NULL,
	not_before TEXT NOT NULL,
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	channel TEXT NOT NULL,
	status TEXT DEFAULT 'waiting' NOT NULL,
	slot_id INTEGER,
	offered_at TEXT DEFAULT '' NOT NULL,
	expires_at TEXT DEFAULT '' NOT NULL,
	ended_by TEXT DEFAULT '' NOT NULL,
	created_at TEXT NOT NULL,
	CONSTRAINT pk_standby PRIMARY KEY (id),
	CONSTRAINT uq_standby_key UNIQUE ("key"),
	CONSTRAINT fk_standby_record_id FOREIGN KEY(record_id) REFERENCES records (id) ON DELETE CASCADE,
	CONSTRAINT fk_standby_slot_id FOREIGN KEY(slot_id) REFERENCES slots (id)
);
CREATE INDEX ix_standby_record_id ON standby (record_id);
CREATE INDEX ix_standby_kind_value ON standby (kind, value);
CREATE UNIQUE INDEX uq_standby_live ON standby (record_id) WHERE status IN ('waiting', 'offered');
CREATE INDEX ix_standby_waiting ON standby (campaign, dose, low, high, not_before, id) WHERE status = 'waiting';
CREATE INDEX ix_standby_offered ON standby (expires_at) WHERE status = 'offered';
CREATE TABLE roster_files (
	id INTEGER NOT NULL,
	campaign TEXT NOT NULL,
	brought_by TEXT NOT NULL,
	brought_at TEXT NOT NULL,
	found TEXT NOT NULL,
	applied_by TEXT DEFAULT '' NOT NULL,
	applied_at TEXT DEFAULT '' NOT NULL,
	applied TEXT DEFAULT '' NOT NULL,
	data BLOB NOT NULL,
	CONSTRAINT pk_roster_files PRIMARY KEY (id)
);
CREATE INDEX ix_roster_files_brought_at ON roster_files (brought_at);
CREATE INDEX ix_audit_operator_id ON audit (operator, id);
CREATE INDEX ix_cases_waiting_of_kind ON cases (kind, opened_at, id) WHERE status <> 'decided';
CREATE INDEX ix_slots_ahead ON slots (campaign, dose, start) WHERE booked < capacity;
CREATE INDEX ix_roster_phone ON roster (phone);
CREATE TABLE handovers (
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	secret TEXT NOT NULL,
	"key" TEXT NOT NULL,
	phone TEXT NOT NULL,
	answers TEXT NOT NULL,
	intent TEXT NOT NULL,
	taken_by TEXT NOT NULL,
	expires_at TEXT NOT NULL,
	CONSTRAINT pk_handovers PRIMARY KEY (kind, value)
)
 WITHOUT ROWID
;
CREATE UNIQUE INDEX uq_handovers_secret ON handovers (secret);
CREATE INDEX ix_handovers_expires_at ON handovers (expires_at);
CREATE TABLE aliases (
	browser TEXT NOT NULL,
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	since TEXT NOT NULL,
	expires_at TEXT NOT NULL,
	CONSTRAINT pk_aliases PRIMARY KEY (browser)
)
 WITHOUT ROWID
;
CREATE INDEX ix_aliases_kind_value ON aliases (kind, value);
CREATE INDEX ix_aliases_expires_at ON aliases (expires_at);
CREATE INDEX ix_records_app_to_be_told ON records (updated_at, id) WHERE version > app_version;
CREATE TABLE compatibility (
	compatible_from TEXT NOT NULL,
	CONSTRAINT pk_compatibility PRIMARY KEY (compatible_from)
)
 WITHOUT ROWID
;
CREATE TABLE backups (
	at TEXT NOT NULL,
	CONSTRAINT pk_backups PRIMARY KEY (at)
)
 WITHOUT ROWID
;
CREATE TABLE counts (
	about TEXT NOT NULL,
	kind TEXT NOT NULL,
	state TEXT NOT NULL,
	number BIGINT NOT NULL,
	CONSTRAINT pk_counts PRIMARY KEY (about, kind, state)
)
 WITHOUT ROWID
;
CREATE TABLE count_changes (
	id INTEGER NOT NULL,
	about TEXT NOT NULL,
	kind TEXT NOT NULL,
	state TEXT NOT NULL,
	change INTEGER NOT NULL,
	CONSTRAINT pk_count_changes PRIMARY KEY (id)
);
CREATE TRIGGER tr_records_count_insert AFTER INSERT ON records   BEGIN INSERT INTO count_changes (about, kind, state, change) VALUES ('records', NEW.standing, NEW.status, 1); END;
CREATE TRIGGER tr_records_count_update AFTER UPDATE OF standing, status ON records  WHEN (OLD.standing <> NEW.standing OR OLD.status <> NEW.status) BEGIN INSERT INTO count_changes (about, kind, state, change) VALUES ('records', OLD.standing, OLD.status, -1); INSERT INTO count_changes (about, kind, state, change) VALUES ('records', NEW.standing, NEW.status, 1); END;
CREATE TRIGGER tr_records_count_delete AFTER DELETE ON records   BEGIN INSERT INTO count_changes (about, kind, state, change) VALUES ('records', OLD.standing, OLD.status, -1); END;
CREATE TRIGGER tr_intents_count_insert AFTER INSERT ON intents   BEGIN INSERT INTO count_changes (about, kind, state, change) VALUES ('intents', NEW.channel, NEW.outcome, 1); END;
CREATE TRIGGER tr_intents_count_update AFTER UPDATE OF channel, outcome ON intents  WHEN (OLD.channel <> NEW.channel OR OLD.outcome <> NEW.outcome) BEGIN INSERT INTO count_changes (about, kind, state, change) VALUES ('intents', OLD.channel, OLD.outcome, -1); INSERT INTO count_changes (about, kind, state, change) VALUES ('intents', NEW.channel, NEW.outcome, 1); END;
CREATE TRIGGER tr_intents_count_delete AFTER DELETE ON intents   BEGIN INSERT INTO count_changes (about, kind, state, change) VALUES ('intents', OLD.channel, OLD.outcome, -1); END;
CREATE INDEX ix_records_nik ON records (nik);
CREATE INDEX ix_records_birth_date_name_marks ON records (birth_date, name_marks);
CREATE INDEX ix_records_regency_name_marks_standing_campaign_id ON records (regency, name_marks, standing, campaign, id);
CREATE TABLE data_keys (
	ref TEXT NOT NULL,
	wrapped BLOB,
	CONSTRAINT pk_data_keys PRIMARY KEY (ref)
)
 WITHOUT ROWID
;
INSERT INTO alembic_version VALUES ('0034');
INSERT INTO compatibility VALUES ('0028');
