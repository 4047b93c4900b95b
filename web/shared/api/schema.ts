// Generated from mobile-client-spec/openapi.json by `npm run gen`. Do not edit.

export interface paths {
    "/f/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The page of a one-time link: date, village, commissioner and topic of the visit, three choices and room for a sentence. */
        get: operations["open_feedback_page"];
        put?: never;
        /** Takes what the served party says, once. */
        post: operations["give_feedback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process answers. */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The database answers, and its schema is the one that this version needs. */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The accounts of the county, by login name. */
        get: operations["list_accounts"];
        put?: never;
        /** Makes an account in one's own county. */
        post: operations["create_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An account of the county. */
        get: operations["get_account"];
        /** Changes an account. */
        put: operations["update_account"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/enrolment-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Issues a one-time code with which a phone becomes a device of this person. */
        post: operations["create_enrolment_code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives an office user a new initial password. The user's sessions end, and so does a lock. */
        post: operations["reset_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/adoptions/{division}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How far each technique has come in each village of a division: each adoption once, at the stage that its reports and the
         *     office's decision come to today.
         */
        get: operations["get_adoptions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/albums": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Photos of a visit, or of a division in a period, as a ZIP with a page to print. Photos are small and without EXIF. */
        get: operations["album"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/assignments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who serves which village on a day, which villages nobody serves, and who serves none. */
        get: operations["list_assignments"];
        put?: never;
        /**
         * Assigns a village to a commissioner. The person's phone gets the village's records with its next sync. To move a village
         *     from one to another see `/v1/handovers`.
         */
        post: operations["make_assignment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/assignments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Sets the last day of an assignment, or takes it away. The village leaves the person's phone with the first sync after that
         *     day, and edits made until then are taken for 30 days more.
         */
        put: operations["change_assignment"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was done in the county, newest first; for the county's officers, administrators and auditors. */
        get: operations["list_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/beneficiaries/{id}/anonymise": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes name, number and what was written of a beneficiary out of everything that the server keeps, for good. Every count
         *     stays; phones learn of it with their next sync.
         */
        post: operations["anonymise_beneficiary"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/beneficiaries/{id}/contact": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The name and number of a beneficiary, which are masked everywhere else. Who asked, whose and what for is in the audit trail
         *     before the answer leaves.
         */
        post: operations["show_contact"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/boundaries/{division}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The boundaries of what lies in a division. A county that has imported none gets an empty collection. */
        get: operations["get_boundaries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bulletins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Bulletins with how many have read them. A coordinator sees those of the county and of the own township, and counts people
         *     who work there.
         */
        get: operations["list_bulletins"];
        put?: never;
        /** Writes a bulletin; phones have it after their next sync. A bulletin is never reworded: withdraw it and write another. */
        post: operations["issue_bulletin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bulletins/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A bulletin, with who has read it and who has not. */
        get: operations["get_bulletin"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bulletins/{id}/withdrawal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a bulletin back: phones show it no more, and tell those who have read it why. */
        post: operations["withdraw_bulletin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calendar/{division}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who was in the villages of a division on which day of a month. A visit counts for everybody who took part. */
        get: operations["get_calendar"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/closings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The periods that the county closed. */
        get: operations["list_closings"];
        put?: never;
        /** Closes a period that is over: its report is kept as it is now, to be taken out again at any time. */
        post: operations["close_period"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/closings/{period}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A closed period: which figures are others now, before and after, which records made them so, and what else was changed. */
        get: operations["get_closing"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a field may say: every code list, for a phone to keep. */
        get: operations["list_codes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conflicts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Conflicts within reach: both values, with who wrote them and what stands now. */
        get: operations["list_conflicts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conflicts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Settles a conflict: what stands stays, what lost comes back, or another value is written. Both phones get it with their next
         *     sync.
         */
        post: operations["settle_conflict"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/coverage/{division}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The coverage of a division in a period, exact at the moment of reading. */
        get: operations["get_coverage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/coverage/{division}/reminder": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A text to paste into a chat of the division's commissioners: the villages that are overdue, whose they are, and who may
         *     have visited without having synced. It ranks nobody.
         */
        get: operations["get_reminder"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Mutations that were refused, or wait for the office, within reach. */
        get: operations["list_dead_letters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Settles a refused mutation: it applies after all, with the authority of the office and as the office changed it, or it stays
         *     refused. The phone pulls what became of it. What was changed must be sound, or nothing happens; both versions are kept.
         */
        post: operations["settle_dead_letter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/demo-bases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Demo bases within reach, with their techniques, areas, level and what they radiate to, who runs each, and how often that
         *     one was visited in the period.
         */
        get: operations["list_demo_bases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/demo-households": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Demo households within reach, and how often each was visited in the period. Phone numbers are masked. */
        get: operations["list_demo_households"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The devices within reach; for a coordinator those of people who serve the township. */
        get: operations["list_devices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{id}/found": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A lost device was found before it deleted what it holds: its syncs go on as before. */
        post: operations["report_found"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{id}/lost": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reports a device lost. What it still sends is kept in escrow; it gets nothing any more, and is told to delete what it
         *     holds.
         */
        post: operations["report_lost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{id}/release-escrow": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Judges what was kept of a lost device, as if it had been judged when it arrived. */
        post: operations["release_escrow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Revokes a device: its token is refused from now on. What it still holds can no longer be sent. */
        post: operations["revoke_device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/enrol": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Turns a one-time code into a device. The token is told this once. */
        post: operations["enrol_device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The device that asks. */
        get: operations["get_own_device"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/me/wiped": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A lost device says that it has deleted what it held. Its token ends with that. */
        post: operations["confirm_wipe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/divisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The divisions within reach, with what a map and lists need of them. Ask once and with `If-None-Match` from then on. */
        get: operations["list_divisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/error-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why a request, a mutation or a field may be refused: the closed list of codes. */
        get: operations["list_error_codes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells a console at once which kinds of things within its reach changed, so that it asks for what it shows.
         * @description `ready` comes first, then `changed` with `{"topics": […], "villages": […]}`, and a comment every 20 seconds. Topics are
         *     records, summaries, desk, photos, devices, assignments, settings, imports, assessment, closings, bulletins,
         *     accounts; villages are those in which records changed, and none if they are more than fifty. With `Last-Event-ID` what has changed meanwhile is
         *     told at once. Nothing depends on it. An account holds six connections at the most, each ends after ten minutes, and none
         *     keeps a session from going idle.
         */
        get: operations["listen_at_office"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exports/{division}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The report of a division in a period as a file. It is written into the audit trail before it leaves. */
        get: operations["get_export"];
        put?: never;
        /**
         * Fills a superior's own workbook: `{{whole.visits}}` in a cell, `{{overdue.village_name}}` in a row that is repeated for each
         *     row of that table.
         */
        post: operations["fill_template"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Visits within reach that are worth a second look, newest service date first. */
        get: operations["list_flags"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/follow-ups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow-ups within reach, the earliest due date first. A phone sees those of the villages that its person is assigned
         *     today, whoever found the problem: they are handed over with the village.
         */
        get: operations["list_follow_ups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/handovers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hands a village over. Phones learn of it with their next sync: the village's records come to the one who takes it, and
         *     leave the one who gives it up after what waits there was sent.
         */
        post: operations["hand_over"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/handovers/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tells what would happen if a village moved from one commissioner to another. Changes nothing. */
        post: operations["preview_hand_over"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/imports/{what}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Imports a table into the county of the session. Bad rows are in the report, the good ones are kept. */
        post: operations["import_table"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/local-experts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Local experts (乡土科技能人) within reach: what each is good at, who proposed it and since when. Phone numbers are masked. */
        get: operations["list_local_experts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/measures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What every measure means, with its unit and whether it adds up. */
        get: operations["list_measures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/overview/{division}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A division at a glance, as it stands today, exact at the moment of reading. */
        get: operations["get_overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Commissioners with their villages and phones, and what still waits on these; for a coordinator those of the township. */
        get: operations["list_people"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/photos/{id}/{size}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A photo in one size: `320` and `1280` are JPEG, upright and without EXIF; `original` is what was sent, for its author
         *     and the office.
         */
        get: operations["photo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/photos/{id}/thumbnail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Sends a small JPEG before the photo, to be shown as its 320 until the photo has come; of its author's device. */
        put: operations["thumbnail"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/records/{kind}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Live records of one kind within reach: `adoption_report`, adoption, beneficiary, site, photo, `demo_base`, `follow_up`, feedback,
         *     `training_session`. Phone numbers are masked.
         */
        get: operations["list_records"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reports that went out, the latest first: those of the county, and to a coordinator the own ones. */
        get: operations["list_reports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The file of a number, bit by bit as it left. That it leaves again is written into the audit trail. */
        get: operations["get_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/review-queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The visits that wait for a reviewer, the oldest first, each with its flags, its photos, the visit before it and the names
         *     of what it speaks of.
         */
        get: operations["list_queue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reviews": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approves the visits that have no flags; those that have are left for a reviewer to look at, one by one. */
        post: operations["approve_visits"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/score-plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The score plans that the county can use. */
        get: operations["list_score_plans"];
        put?: never;
        /** Adds a version of a plan. A version is never changed: a change is another version. */
        post: operations["add_score_plan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/score-plans/{code}/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A version of a plan, with its file to copy and edit. */
        get: operations["get_score_plan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/score-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The score runs of the county; on a phone those in which commissioners are assessed. */
        get: operations["list_score_runs"];
        put?: never;
        /** Begins a run: a plan, who is assessed by it, and the period. */
        post: operations["begin_score_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/score-runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A run and the sheets within reach: of an open run as the records stand now, of a frozen one as they were. */
        get: operations["get_score_run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/score-runs/{id}/freeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Freezes a run as it stands: its sheets are kept with the records behind them, and never change again. */
        post: operations["freeze_score_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/score-runs/{id}/sheets/{subject}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The sheet of one subject, with the records behind it. */
        get: operations["get_score_sheet"];
        /**
         * Writes on a sheet: a commissioner and a township their own points, the county officer every column and the figures that no
         *     record shows.
         */
        put: operations["write_score_sheet"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in. */
        get: operations["get_session"];
        put?: never;
        /** Signs in at the office: sets the session's cookie, and tells the token. */
        post: operations["sign_in"];
        /** Signs out: the session ends, and its cookie goes. */
        delete: operations["sign_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Changes one's own password. This session stays, every other one of the account ends. */
        post: operations["change_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every setting of the county. */
        get: operations["list_settings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/settings/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Lets a setting have a value from a day on. */
        put: operations["set_setting"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/summaries/{division}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The figures of a division in a period, exact at the moment of reading. */
        get: operations["get_summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends the outbox up, and results and changes down, in one round trip.
         * @description Each mutation is applied exactly once and has exactly one durable result, however often it is sent. A
         *     refused mutation never blocks the others. Either part may be left out.
         *
         *     Of a device that was reported lost, mutations are taken into escrow (`held`, `device_lost`) and nothing comes down; a
         *     sync without mutations is refused with `device_wipe`.
         */
        post: operations["sync"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sync/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells a connected phone at once in which of its scopes something changed, so that it syncs.
         * @description `ready` comes first, then `changed` with `{"scopes": […]}`, and a comment every 20 seconds. With
         *     `Last-Event-ID` what has changed meanwhile is told at once. Nothing depends on it: who misses an event
         *     syncs after `poll_after_s`. A device holds two connections at the most, and each ends after ten minutes.
         */
        get: operations["listen"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sync/hello": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a phone asks first: versions, limits, and which scopes it may hold. */
        get: operations["hello"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The targets of a period, and how much of each is reached: 目标、完成、完成比例. */
        get: operations["list_targets"];
        /** Sets targets, all of them or none. One of the same subject, measure and period is replaced. */
        put: operations["set_targets"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/training-sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Training sessions within reach, the latest first. Two records of one session, of the same village, day and topic, count
         *     once; the second names the first.
         */
        get: operations["list_training_sessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begins the upload of a photo, or begins it again: `Upload-Offset` says how much is here already.
         * @description `Upload-Metadata` carries `sha256` (64 hexadecimal digits) and `filetype` (`image/jpeg`, `image/png`,
         *     `image/webp`). The same content of the same device is one upload. Bytes that the county has already are complete at
         *     once. With a body of type `application/offset+octet-stream` the first bytes come along.
         */
        post: operations["begin"];
        delete?: never;
        /** What the server speaks. */
        options: operations["discover"];
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far an upload of this device is, as JSON: for a client that does not read headers. */
        get: operations["ask"];
        /** Appends raw bytes, for a client without PATCH (WeChat's `wx.request`). */
        put: operations["put"];
        /**
         * For a client that has POST alone: a form (WeChat's `wx.uploadFile`) with the fields `offset`, `checksum` (optional)
         *     and last a file; or any method of tus named by `X-HTTP-Method-Override`.
         */
        post: operations["overridden"];
        /** Gives an upload up: what has come of it is thrown away. A photo that is kept stays. */
        delete: operations["terminate"];
        options?: never;
        /** How far an upload of this device is. */
        head: operations["progress"];
        /** Appends bytes at `Upload-Offset`, which is where the upload stands. With the last byte the photo is kept. */
        patch: operations["append"];
        trace?: never;
    };
    "/v1/visits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Visits within reach, newest service date first. */
        get: operations["list_visits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visits/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One visit. */
        get: operations["get_visit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visits/{id}/feedback-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Tells the server of a link that a phone made without a network, for a visit of its person that was pushed before. The same
         *     again changes nothing; `not_found` means that the visit has not arrived yet.
         */
        put: operations["register_feedback_link"];
        /** Makes a one-time link on which the served party says how a visit was. Only its hash is kept; it is shown this once. */
        post: operations["make_feedback_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visits/{id}/reviews": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Judges a visit; the commissioner's phone hears of it with its next sync. */
        post: operations["review_visit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The endpoints of the county. */
        get: operations["list_webhooks"];
        put?: never;
        /** Makes an endpoint. Its secret is in this answer and nowhere else. */
        post: operations["make_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One endpoint. */
        get: operations["get_webhook"];
        /** Changes an endpoint, switches it off or on again; what waits goes when it is on. */
        put: operations["change_webhook"];
        post?: never;
        /** Takes an endpoint away, with all that waits for it. */
        delete: operations["remove_webhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The messages to an endpoint of the last 90 days, the latest first. */
        get: operations["list_webhook_deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries/{delivery}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a message again, also one that was taken: the same event under the same `webhook-id`, from its first attempt. */
        post: operations["replay_webhook_delivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends `webhook.ping` at once, and says what came of it. */
        post: operations["ping_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives an endpoint another secret, shown this once. For a day messages carry the signature of the one before as well. */
        post: operations["rotate_webhook_secret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An account. */
        AccountDocument: {
            /** @description Its county. */
            county_code: components["schemas"]["DivisionCode"];
            /**
             * Format: int64
             * @description When it was made.
             */
            created_at: number;
            /**
             * Format: int64
             * @description Since when it is disabled.
             */
            disabled_at?: number | null;
            /** @description The name that people read. */
            display_name: string;
            /** @description Its id: the person. */
            id: components["schemas"]["PersonId"];
            /**
             * Format: int64
             * @description Until when the account is locked after wrong passwords: milliseconds since 1970 UTC.
             */
            locked_until?: number | null;
            /** @description Its login name. */
            login: string;
            /** @description Whether the password must be changed before anything else. */
            must_change_password: boolean;
            /** @description Its role. */
            role: components["schemas"]["Role"];
            township_code?: components["schemas"]["DivisionCode"] | null;
        };
        /** @description A page of accounts. */
        AccountList: {
            /** @description The accounts, by login name. */
            accounts: components["schemas"]["AccountDocument"][];
            /** @description Where to go on; absent on the last page. */
            next?: string | null;
        };
        /** @description What an account becomes, as a whole. */
        AccountRequest: {
            /** @description Whether it is disabled: its sessions and devices end at once, and devices stay revoked. */
            disabled?: boolean;
            /** @description The name that people read. */
            display_name: string;
            /** @description The role. */
            role: components["schemas"]["Role"];
            township_code?: components["schemas"]["DivisionCode"] | null;
        };
        /**
         * @description What was done.
         * @enum {string}
         */
        Act: "signed_in" | "sign_in_failed" | "signed_out" | "password_changed" | "password_reset" | "account_made" | "account_changed" | "code_issued" | "device_enrolled" | "device_revoked" | "device_lost" | "device_found" | "device_wiped" | "escrow_released" | "visit_reviewed" | "setting_changed" | "village_handed_over" | "assignment_made" | "assignment_changed" | "imported" | "album_made" | "exported" | "conflict_settled" | "letter_settled" | "month_closed" | "bulletin_issued" | "bulletin_withdrawn" | "score_plan_added" | "targets_set" | "score_run_begun" | "score_said" | "score_run_frozen" | "webhook_made" | "webhook_changed" | "webhook_secret_rotated" | "webhook_tried" | "webhook_replayed" | "webhook_removed" | "summaries_rebuilt" | "pushed" | "escrowed" | "photo_kept" | "photo_refused" | "photo_removed" | "feedback_link_made" | "feedback_given" | "contact_shown" | "anonymised";
        /** @description A technique in a village. */
        AdoptionRow: {
            /**
             * Format: int64
             * @description Area of those that are adopted, in 0.01 亩.
             */
            adopted_centi_mu: number;
            /**
             * Format: int64
             * @description Adoptions in all: sites, or beneficiaries where no site was named, by season.
             */
            adoptions: number;
            /**
             * Format: int64
             * @description Days since then.
             */
            days_since: number;
            /** @description The day of the latest report. */
            last_report_on: string;
            /** @description Adoptions at each stage: awareness, interest, evaluation, trial, adopted, abandoned. */
            stages: {
                [key: string]: number;
            };
            /** @description The technique, by catalogue code. */
            technique: string;
            /** @description The village. */
            village_code: components["schemas"]["DivisionCode"];
        };
        /** @description How far techniques have come. */
        AdoptionsDocument: {
            /** @description How complete the data is. */
            cut_off: components["schemas"]["CutOffDocument"];
            /** @description The division. */
            division: components["schemas"]["Named"];
            /** @description The local day as of which the days are counted. */
            on: string;
            /** @description The rows, by technique and village. */
            rows: components["schemas"]["AdoptionRow"][];
            /** @description The seasons of which the division has adoptions, the latest first. */
            seasons: string[];
            /** @description Names of the techniques in the rows, by code; names of villages are in `/v1/divisions`. */
            techniques: {
                [key: string]: string;
            };
        };
        /** @description What was done. */
        AnonymisedDocument: {
            /** @description Photos that are removed. */
            photos: number;
            /** @description Records that said something of the person, with the beneficiary. */
            records: number;
            /**
             * Format: int64
             * @description The beneficiary's new revision.
             */
            rev: number;
            /** @description Other texts that did: results, refused mutations, reviews, closed months, score sheets. */
            texts: number;
        };
        /** @description Why a beneficiary becomes anonymous. */
        AnonymiseRequest: {
            /** @description `own_request`, `consent_withdrawn`, `no_longer_needed` or `recorded_by_mistake`. */
            reason: string;
            /** @description Whether photos of visits that served nobody else go as well. */
            remove_photos?: boolean;
            /**
             * Format: int64
             * @description The revision that the officer saw.
             */
            rev: number;
        };
        /** @description A visit that was approved. */
        ApprovedVisit: {
            /**
             * Format: int64
             * @description Its revision now.
             */
            rev: number;
            /** @description Its review state now: `township_passed` or `approved`. */
            review_state: string;
            /** @description The visit. */
            visit_id: components["schemas"]["RecordId"];
        };
        /** @description Visits to approve. */
        ApproveRequest: {
            /** @description Up to 200 visits. */
            approve: components["schemas"]["SeenVisit"][];
        };
        /** @description What became of the visits. */
        ApproveResponse: {
            /** @description Those that were approved, in the order in which they were asked for. */
            approved: components["schemas"]["ApprovedVisit"][];
            /** @description The others, and why. */
            left: components["schemas"]["LeftVisit"][];
        };
        /** @description That somebody serves a village. */
        AssignmentDocument: {
            /** @description First local day. */
            from: string;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description The commissioner. */
            person_id: components["schemas"]["PersonId"];
            /** @description Last local day; absent if it has no end. */
            to?: string | null;
            /** @description The village. */
            village_code: components["schemas"]["DivisionCode"];
        };
        /** @description Who serves which village. */
        AssignmentMatrix: {
            /** @description The assignments, by village and first day. */
            assignments: components["schemas"]["AssignmentDocument"][];
            /** @description The local day as of which it holds. */
            on: string;
            /** @description Names of the people in `assignments`, by id; names of villages are in `/v1/divisions`. */
            people: {
                [key: string]: string;
            };
            /** @description Commissioners who serve no village on the day, their account being in use; in a township those who once served there. */
            unassigned_people: components["schemas"]["Named"][];
            /** @description Counted villages that nobody serves on the day. */
            unassigned_villages: components["schemas"]["Named"][];
        };
        /** @description What an assignment becomes. */
        AssignmentRequest: {
            /**
             * @description Its last local day; null to let it go on.
             * @example 2026-12-31
             */
            to?: string | null;
        };
        /** @description A page of the audit trail. */
        AuditList: {
            /** @description The links, newest first. */
            links: components["schemas"]["LinkDocument"][];
            /** @description Where to go on; absent on the last page. */
            next?: string | null;
        };
        /** @description Boundaries as GeoJSON. */
        BoundaryCollection: {
            /** @description Those that have, by code. */
            features: components["schemas"]["ShapeFeature"][];
            /** @description How many of the divisions have a boundary. */
            known: components["schemas"]["Known"];
            /** @description `FeatureCollection`. */
            type: string;
        };
        /**
         * @description Something that commissioners are to know. It is never reworded: what was read stays what was written, and a mistake is
         *     withdrawn and written anew.
         */
        Bulletin: {
            /** @description What it is about. */
            bulletin_kind?: string | null;
            /** @description For whom it is: commissioners of one of these industries; of any if absent. */
            industries?: string[] | null;
            /**
             * Format: int64
             * @description When it was written.
             */
            issued_at?: number | null;
            issued_by?: components["schemas"]["PersonId"] | null;
            /** @description The name of the county or township whose office wrote it. */
            issuer_name?: string | null;
            /** @description The text; lines are separated by line feeds. */
            text?: string | null;
            /** @description Its title. */
            title?: string | null;
            township_code?: components["schemas"]["DivisionCode"] | null;
            /**
             * Format: date
             * @description The first day on which it is shown.
             */
            valid_from?: string | null;
            /**
             * Format: date
             * @description The last day on which it is shown; until it is withdrawn if absent.
             */
            valid_until?: string | null;
            /**
             * Format: int64
             * @description When it was withdrawn; it is shown as withdrawn to whoever has read it, and to nobody else.
             */
            withdrawn_at?: number | null;
            /** @description Why. */
            withdrawn_reason?: string | null;
        };
        /** @description A bulletin, and how many have read it. */
        BulletinDocument: {
            /** @description The local day for which it was asked who it is for: today, or the last day on which it was shown. */
            asked_on: string;
            /** @description What it says. */
            bulletin: components["schemas"]["Bulletin"];
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description People within your reach who have read it, each once. */
            read_count: number;
            /** @description How it stands today. */
            state: components["schemas"]["BulletinState"];
            /** @description Commissioners within your reach who it is for and have not read it. */
            unread_count: number;
        };
        /** @description A page of bulletins. */
        BulletinList: {
            /** @description The latest first day first. */
            bulletins: components["schemas"]["BulletinDocument"][];
            /** @description Where to go on; absent on the last page. */
            next?: string | null;
            /** @description How many there are on all pages. */
            total: number;
        };
        /**
         * @description How a bulletin stands.
         * @enum {string}
         */
        BulletinState: "scheduled" | "in_force" | "over" | "withdrawn";
        /** @description A bulletin with its readers. */
        BulletinWithReaders: components["schemas"]["BulletinDocument"] & {
            /** @description Who has read it, the earliest first. */
            readers: components["schemas"]["ReaderDocument"][];
            /** @description Who has not. */
            unread: components["schemas"]["UnreadDocument"][];
        };
        /** @description A month of a division. */
        CalendarDocument: {
            /** @description How complete the data is. */
            cut_off: components["schemas"]["CutOffDocument"];
            /** @description The division. */
            division: components["schemas"]["Named"];
            /** @description The month. */
            period: components["schemas"]["PeriodDocument"];
            /** @description Everybody who was assigned a village of the division in the month, or was there; by name, and not by rank. */
            rows: components["schemas"]["CommissionerMonth"][];
        };
        /** @description The current state of one record in one scope. */
        Change: {
            /** @description Its fields; only with `put`. */
            data?: {
                [key: string]: unknown;
            } | null;
            /** @description Fields that the server does not know, as they came. */
            ext?: {
                [key: string]: unknown;
            } | null;
            /** @description Why it does not count yet, if it does not. */
            held?: string | null;
            /** @description The record. */
            id: components["schemas"]["RecordId"];
            /** @description The kind of the record, as a word: a newer server may have kinds that a phone does not know, and keeps. */
            kind: components["schemas"]["Kind"];
            /** @description What happened. */
            op: components["schemas"]["ChangeKind"];
            /**
             * Format: int64
             * @description Its revision.
             */
            rev: number;
            /** @description The scope. */
            scope: string;
            /** @description Its place in the scope's feed, as text: 64 bits do not fit a JavaScript number. */
            seq: string;
        };
        /** @description A record that changes the figures of the period. */
        ChangedDocument: {
            /**
             * Format: uuid
             * @description Who made it.
             */
            author_id: string;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Its kind. */
            kind: components["schemas"]["Kind"];
            /** @description Its date; absent of what stands whatever the month. */
            on?: string | null;
            /**
             * Format: int64
             * @description When it arrived: milliseconds since 1970 UTC.
             */
            received_at: number;
            /** @description The state of its review. */
            review_state?: string | null;
            /**
             * Format: int64
             * @description When it last changed: milliseconds since 1970 UTC.
             */
            updated_at: number;
            /** @description Its village. */
            village_code?: string | null;
            /** @description Its date when the period was closed, if that was another one. */
            was_on?: string | null;
            /** @description Why it changes the period. */
            why: components["schemas"]["Why"];
        };
        /**
         * @description What happened to a record in a scope.
         * @enum {string}
         */
        ChangeKind: "put" | "leave" | "delete" | "unknown";
        /** @description The two clocks of a phone, read together. */
        ClockReading: {
            /** @description Names the run of the monotonic clock: since boot, or since the page was opened. */
            boot?: string | null;
            /**
             * Format: int64
             * @description Monotonic milliseconds within that run.
             */
            mono_ms?: number | null;
            /**
             * Format: int64
             * @description Wall clock: milliseconds since 1970 UTC. May be wrong by years.
             */
            wall: number;
        };
        /** @description A closed period and what has become of it. */
        ClosedPeriodDocument: components["schemas"]["ClosingDocument"] & {
            /**
             * @description What else figures depend on and was changed since, as the audit trail has it: settings, assignments and imported tables,
             *     the latest first. What begins after the end of the period is left out.
             */
            causes: components["schemas"]["LinkDocument"][];
            /** @description How many such records there are. */
            changed: number;
            /** @description Whether a figure is another one now. */
            is_restated: boolean;
            /**
             * @description Visits, adoption reports, feedback, demo bases and demo households that arrived, changed, came into the period or left it
             *     since, the latest change first; at most 500.
             */
            records: components["schemas"]["ChangedDocument"][];
            /** @description Figures before and after, by division and measure. */
            restated: components["schemas"]["RestatedDocument"][];
        };
        /** @description A closing of a period. */
        ClosingDocument: {
            /**
             * Format: int64
             * @description When it was closed: milliseconds since 1970 UTC.
             */
            closed_at: number;
            /**
             * Format: uuid
             * @description By whom.
             */
            closed_by: string;
            /** @description The period, such as `2026-06` or `2026-Q2`. */
            period: string;
        };
        /** @description Closings. */
        ClosingList: {
            /** @description The latest period first; of one that was closed again the latest closing first. */
            closings: components["schemas"]["ClosingDocument"][];
        };
        /** @description One entry of a code list. */
        Code: {
            /** @description The stable word that is stored and sent. */
            code: string;
            /** @description What people read. */
            label: components["schemas"]["Words"];
        };
        /** @description A closed list of codes. */
        CodeList: {
            /** @description Its entries, in the order in which people read them. */
            codes: components["schemas"]["Code"][];
            /** @description The name of the list. */
            name: string;
        };
        /** @description Every code list. */
        CodeListsDocument: {
            /** @description The lists. */
            lists: components["schemas"]["CodeList"][];
        };
        /** @description A commissioner's month. */
        CommissionerMonth: components["schemas"]["Named"] & {
            /**
             * Format: int64
             * @description Approved visits of the month in the division.
             */
            approved: number;
            /** @description The days on which there are visits, in order. */
            days: components["schemas"]["DayDocument"][];
            /** @description Targets of visits whose period holds this month; one of the very month stands over `approved`. */
            targets: components["schemas"]["VisitTarget"][];
            /** @description Villages of the division that were the person's at some time of the month. */
            villages: number;
        };
        /** @description A decision about a conflict. */
        ConflictDecision: {
            /** @description The decision. */
            decision: components["schemas"]["ConflictWord"];
            /** @description The value of an edit. */
            value?: unknown;
        };
        /** @description A field that two people changed. */
        ConflictDocument: {
            /** @description The field; absent if it is about the whole record. */
            field?: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Whether the record is deleted now. */
            is_deleted: boolean;
            /** @description What stood after it. */
            kept: components["schemas"]["Side"];
            label?: components["schemas"]["Words"] | null;
            /** @description What lost. */
            lost: components["schemas"]["Side"];
            /**
             * Format: int64
             * @description When the second edit arrived: milliseconds since 1970 UTC.
             */
            met_at: number;
            /**
             * Format: uuid
             * @description The mutation that met the conflict.
             */
            mutation_id?: string | null;
            /** @description Whether a measured number wants a second look. */
            needs_review: boolean;
            /** @description What the field holds now. */
            now: unknown;
            /**
             * Format: uuid
             * @description The record.
             */
            record_id?: string | null;
            /** @description Its kind. */
            record_kind: string;
            /** @description The rule that decided: `authority`, `later_edit`, `immutable` or `deleted`. */
            rule: string;
            /** @description `open`, `accepted` or `undone`. */
            state: string;
            /** @description Its village. */
            village_code?: string | null;
        };
        /** @description A page of conflicts. */
        ConflictList: {
            /** @description The latest first. */
            conflicts: components["schemas"]["ConflictDocument"][];
            /** @description Where to go on; absent on the last page. */
            next?: string | null;
        };
        /**
         * @description What the office makes of a conflict.
         * @enum {string}
         */
        ConflictWord: "keep" | "undo" | "edit";
        /** @description A contact. */
        ContactDocument: {
            /** @description Who agreed. */
            consent_by?: string | null;
            /**
             * Format: int64
             * @description When: milliseconds since 1970 UTC.
             */
            consent_noted_at?: number | null;
            consent_noted_by?: components["schemas"]["PersonId"] | null;
            /** @description When the person agreed to be recorded. */
            consent_on?: string | null;
            /** @description The name. */
            display_name?: string | null;
            /** @description The number, if there is one. */
            phone?: string | null;
            /**
             * Format: int64
             * @description The beneficiary's revision.
             */
            rev: number;
        };
        /** @description What somebody needs a contact for. */
        ContactRequest: {
            /** @description `verify_visit`, `arrange_visit`, `correct_record` or `own_request`. */
            purpose: string;
        };
        /** @description Coverage. */
        CoverageDocument: {
            /** @description The kinds of divisions that count: a setting of the county. */
            counted_kinds: string[];
            /** @description The four meanings. */
            coverages: components["schemas"]["ShareDocument"][];
            /** @description How complete the data is. */
            cut_off: components["schemas"]["CutOffDocument"];
            /** @description The division. */
            division: components["schemas"]["Named"];
            /**
             * Format: int64
             * @description Days without an approved visit after which a village is overdue, where the setting `visit_intervals` has no rule.
             */
            overdue_days: number;
            /** @description The period. */
            period: components["schemas"]["PeriodDocument"];
            /** @description The counted villages, the longest unvisited first. */
            villages: components["schemas"]["VillageDocument"][];
        };
        /** @description A new account. */
        CreatedAccountDocument: components["schemas"]["AccountDocument"] & {
            initial_password?: components["schemas"]["Secret"] | null;
        };
        /** @description How complete the data is: late phones change figures of the past. */
        CutOffDocument: {
            /** @description Commissioners whose phones have not reported since the end of the period, or since today. */
            behind: components["schemas"]["Named"][];
            /** @description Every phone that works there has reported up to this day; absent if one never did. */
            complete_to?: string | null;
        };
        /** @description A value and the local day from which it holds. */
        DatedValue: {
            /**
             * Format: date
             * @description The first local day.
             */
            valid_from: string;
            /** @description The value. */
            value: unknown;
        };
        /** @description The visits of somebody that began on one day. */
        DayDocument: {
            /**
             * Format: int64
             * @description Those that count.
             */
            approved: number;
            /**
             * Format: int64
             * @description Of all these, those that were entered late (补录).
             */
            backfilled: number;
            /** @description The day. */
            on: string;
            /**
             * Format: int64
             * @description Those that wait for a review.
             */
            pending: number;
            /**
             * Format: int64
             * @description Those that were returned, withdrawn or not recognised.
             */
            returned: number;
        };
        /**
         * @description A reviewer's decision.
         * @enum {string}
         */
        Decision: "approve" | "return" | "not_recognise" | "reopen";
        /** @description A message to an endpoint. */
        DeliveryDocument: {
            /**
             * Format: int64
             * @description When that happened: milliseconds since 1970 UTC.
             */
            at: number;
            /**
             * Format: int32
             * @description How often it was tried.
             */
            attempts: number;
            /**
             * Format: int64
             * @description When it was taken or given up.
             */
            done_at?: number | null;
            /**
             * Format: int64
             * @description When it is tried next.
             */
            due_at?: number | null;
            /**
             * Format: uuid
             * @description The event, which is the `webhook-id` of each attempt.
             */
            event_id: string;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Why the last attempt failed: `status`, `redirect`, `gone`, `timeout`, `unreachable` or `address_refused`. */
            last_problem?: string | null;
            /**
             * Format: int32
             * @description The status of the last answer.
             */
            last_status?: number | null;
            /** @description `waiting`, `delivered` or `failed`. */
            state: string;
            /** @description What it tells. */
            type: components["schemas"]["EventType"];
        };
        /** @description A page of messages. */
        DeliveryList: {
            /** @description The latest first. */
            deliveries: components["schemas"]["DeliveryDocument"][];
            /** @description Where to go on; absent on the last page. */
            next?: string | null;
        };
        /** @description A device, and what it last said. */
        DeviceDocument: {
            /** @description The version of its app. */
            app_version?: string | null;
            /**
             * Format: int64
             * @description By how much its clock was behind the server's at the last sync; negative if ahead.
             */
            clock_offset_ms?: number | null;
            /**
             * Format: int64
             * @description Open conflicts of its person.
             */
            conflicts: number;
            /** @description Its county. */
            county_code: components["schemas"]["DivisionCode"];
            /** @description The person's name. */
            display_name: string;
            /**
             * Format: int64
             * @description When it was enrolled: milliseconds since 1970 UTC.
             */
            enrolled_at: number;
            /** @description Its id. */
            id: components["schemas"]["DeviceId"];
            /**
             * Format: int64
             * @description Mutations of it that wait because it was reported lost.
             */
            in_escrow: number;
            /**
             * Format: int64
             * @description When it last sent something new.
             */
            last_push_at?: number | null;
            /**
             * Format: int64
             * @description When it last synchronised.
             */
            last_sync_at?: number | null;
            /**
             * Format: int64
             * @description When the office reported it lost.
             */
            lost_at?: number | null;
            /** @description What the office calls it. */
            name: string;
            /** @description Whose it is. */
            person_id: components["schemas"]["PersonId"];
            /**
             * Format: int64
             * @description Refused mutations of it that nobody has settled.
             */
            quarantined: number;
            /**
             * Format: int64
             * @description When it was revoked.
             */
            revoked_at?: number | null;
            /** @description The person's role. */
            role: components["schemas"]["Role"];
            waiting?: components["schemas"]["Waiting"] | null;
            /**
             * Format: int64
             * @description When it said that it had deleted what it held.
             */
            wiped_at?: number | null;
        };
        /**
         * Format: uuid
         * @description A replica on one phone, enrolled and revocable.
         */
        DeviceId: string;
        /** @description A page of devices. */
        DeviceList: {
            /** @description The devices, in the order in which they were enrolled. */
            devices: components["schemas"]["DeviceDocument"][];
            next?: components["schemas"]["DeviceId"] | null;
        };
        /**
         * @description The code of a county, township or village: 6, 9 or 12 ASCII digits.
         * @example 421083100201
         */
        DivisionCode: string;
        /** @description A county, township or village. */
        DivisionDocument: {
            /** @description Its code. */
            code: components["schemas"]["DivisionCode"];
            /** @description Whether it stands in the denominators of coverage today. */
            in_coverage: boolean;
            /** @description Codes of a village's lead industries. */
            lead_industries?: string[];
            /** @description `county`, `township` or `village`. */
            level: components["schemas"]["Level"];
            /** @description The division that it has become part of; what was recorded here counts there. */
            merged_into?: string | null;
            /** @description Its name. */
            name: string;
            /** @description The division that it lies in; absent of the first one. */
            parent?: string | null;
            /** @description Where a village is: latitude and longitude in WGS-84, to about a metre. */
            point?: number[] | null;
        };
        /** @description The places within reach. */
        DivisionList: {
            /** @description The county, or a coordinator's township, and everything in it, by code: each division after the one that it lies in. */
            divisions: components["schemas"]["DivisionDocument"][];
            /** @description The local day as of which they stand. */
            on: string;
        };
        /** @description A one-time code. */
        EnrolmentCodeDocument: {
            /** @description The code, to be typed; hyphen and letter size do not matter. Shown this once. */
            code: components["schemas"]["Secret"];
            /**
             * Format: int64
             * @description When the code ends: milliseconds since 1970 UTC.
             */
            expires_at: number;
            /** @description What the QR code says: `tepai://enrol?server=<address>&code=<code>`. */
            qr_payload: components["schemas"]["Secret"];
            /** @description The QR code as an SVG image. */
            qr_svg: components["schemas"]["Secret"];
        };
        /** @description Body of `POST /v1/devices/enrol`: a phone turns a one-time code into a device. */
        EnrolRequest: {
            /** @description The one-time code, as shown or scanned. */
            code: string;
            /** @description What the office calls the phone, such as its model. */
            device_name?: string | null;
        };
        /** @description Answer of `POST /v1/devices/enrol`. */
        EnrolResponse: {
            /** @description The device. */
            device_id: components["schemas"]["DeviceId"];
            /** @description The person it belongs to. */
            person_id: components["schemas"]["PersonId"];
            /** @description The bearer token; shown once, kept by the phone, hashed at the server. */
            token: string;
        };
        /** @description Something that is said on a sheet. */
        EntryDocument: {
            /** @description The rule's code; for a figure the measure's. */
            code: string;
            /** @description `self`, `assessed` or `final`; or `figure` for a measure that no record shows. */
            column: components["schemas"]["Heading"];
            /** @description Why; mandatory where it differs from the records, and for the final column. */
            note?: string | null;
            /** @description Points or a figure as an exact decimal number, or the code of a grade; `null` takes back what was said. */
            value?: string | null;
        };
        /**
         * @description The error codes. A code is never renamed and never changes its meaning; new ones come, and a client that
         *     does not know one shows its sentence.
         * @enum {string}
         */
        ErrorCode: "malformed_request" | "invalid_parameter" | "invalid_cursor" | "not_signed_in" | "wrong_credentials" | "account_locked" | "not_allowed" | "password_change_required" | "weak_password" | "device_revoked" | "device_wipe" | "device_forked" | "enrolment_code_invalid" | "not_found" | "method_not_allowed" | "request_timeout" | "stale" | "already_exists" | "body_too_large" | "too_many_mutations" | "unsupported_media_type" | "invalid_input" | "protocol_unsupported" | "too_many_connections" | "too_many_requests" | "internal" | "busy" | "upload_offset" | "upload_expired" | "tus_version" | "photo_too_large" | "upload_too_long" | "photo_is_heic" | "photo_type" | "photo_type_differs" | "photo_holds_more" | "photo_too_many_pixels" | "photo_unreadable" | "photo_hash_differs" | "upload_in_use" | "too_many_uploads" | "checksum_differs" | "storage_unavailable" | "photo_not_here" | "photo_removed" | "photo_not_prepared" | "unknown_kind" | "server_kind" | "unknown_operation" | "unknown_command" | "malformed_mutation" | "mutation_too_large" | "validation" | "server_owned_field" | "immutable_field" | "unknown_record" | "deleted" | "changed_by_other" | "id_taken" | "mid_reused" | "forbidden_scope" | "unknown_village" | "visit_flagged" | "too_many_links" | "anonymised" | "run_frozen" | "scores_missing" | "measure_from_records" | "illegal_transition" | "locked" | "not_the_author" | "awaiting_parent" | "group_refused" | "device_lost" | "future_schema" | "required" | "wrong_type" | "unknown_code" | "too_long" | "empty" | "out_of_range" | "too_many" | "ends_before_start" | "wrong_natural_key" | "use_add_remove" | "cannot_unset" | "address_refused" | "control_character" | "unknown";
        /** @description A reason for a refusal. */
        ErrorCodeDocument: {
            /** @description The stable code. */
            code: components["schemas"]["ErrorCode"];
            /** @description When the same thing may be sent again. */
            retry: components["schemas"]["Retry"];
            /**
             * Format: int32
             * @description The HTTP status when a whole request is refused with it.
             */
            status: number;
            /** @description What the user can do. */
            user_action: components["schemas"]["UserAction"];
            /** @description The sentence that people read. */
            words: components["schemas"]["Words"];
        };
        /** @description Every error code. */
        ErrorCodesDocument: {
            /** @description The codes. */
            codes: components["schemas"]["ErrorCodeDocument"][];
        };
        /**
         * @description Something that is told.
         * @enum {string}
         */
        EventType: "visit.submitted" | "visit.approved" | "visit.returned" | "village.overdue" | "summary.restated" | "webhook.ping";
        /** @description A link to be shown once. */
        FeedbackLinkDocument: {
            /**
             * Format: int64
             * @description Until when it is good: milliseconds since 1970 UTC.
             */
            expires_at: number;
            /** @description The address as a QR code: an SVG image. */
            qr_svg: components["schemas"]["Secret"];
            /** @description Its address. */
            url: components["schemas"]["Secret"];
        };
        /** @description One field that two people changed. */
        FieldConflict: {
            /** @description The conflict note that both people can see and undo. */
            conflict_id: components["schemas"]["RecordId"];
            /** @description The field. */
            field: string;
            /** @description The value that stands; absent if the field was taken away. */
            kept?: unknown;
            /** @description The value that lost; absent if it would have been taken away. */
            lost?: unknown;
            /** @description The rule that decided. */
            rule: string;
            /** @description Whether the pushed value stands. */
            yours_kept: boolean;
        };
        /** @description One wrong field: where, by which code, and in words. */
        FieldProblem: {
            /** @description What is wrong. */
            code: components["schemas"]["ErrorCode"];
            /** @description In words, with the bound that was broken. */
            message: components["schemas"]["Sentence"];
            /** @description JSON pointer into the mutation or the body, such as `/set/service_from`. */
            pointer: string;
        };
        /** @description One figure. */
        FigureDocument: {
            /** @description The measure; its definition is among `measures`. */
            measure: string;
            parts?: components["schemas"]["Parts"] | null;
            /**
             * Format: int64
             * @description The same of visits that wait for review.
             */
            pending?: number | null;
            /** @description Where the records behind it are read. */
            records: string;
            /**
             * Format: int64
             * @description The value as an integer in the unit of the measure's code; absent if a denominator is zero or the
             *     filter cannot apply.
             */
            value?: number | null;
        };
        /** @description Something about a visit that is worth a second look. It blocks nothing and proves nothing. */
        FlagDocument: {
            /** @description What. */
            kind: components["schemas"]["FlagKind"];
            other_visit_id?: components["schemas"]["RecordId"] | null;
            photo_id?: components["schemas"]["RecordId"] | null;
            /** @description In words, with the figures. */
            words: components["schemas"]["Sentence"];
        };
        /** @description A page of flagged visits. */
        FlaggedList: {
            /** @description Where to go on; absent on the last page. A page may be short or empty and still name it. */
            next?: string | null;
            /** @description The visits, newest service date first. */
            visits: components["schemas"]["FlaggedVisit"][];
        };
        /** @description A visit that is worth a second look. */
        FlaggedVisit: {
            /** @description Whose it is. */
            commissioner_id: components["schemas"]["PersonId"];
            /** @description Why. */
            flags: components["schemas"]["FlagDocument"][];
            /** @description First day of the service. */
            service_from?: string | null;
            /** @description Its village. */
            village_code?: string | null;
            /** @description The visit. */
            visit_id: components["schemas"]["RecordId"];
        };
        /**
         * @description What is worth a second look.
         * @enum {string}
         */
        FlagKind: "same_photo" | "similar_photo" | "two_villages" | "speed" | "mocked_position" | "photo_time" | "photo_place" | "check_in_place" | "camera_clock" | "gallery" | "backfilled" | "no_confirmation";
        /** @description A problem that somebody promised to come back to. */
        FollowUp: {
            /** @description The advice. */
            advice?: string | null;
            beneficiary_id?: components["schemas"]["RecordId"] | null;
            /**
             * Format: date
             * @description When it was closed.
             */
            closed_on?: string | null;
            commissioner_id?: components["schemas"]["PersonId"] | null;
            /**
             * Format: date
             * @description Until when to come back.
             */
            due_on?: string | null;
            /** @description What became of it. */
            outcome?: string | null;
            /** @description In words. */
            outcome_note?: string | null;
            /** @description The problem. */
            problem?: string | null;
            village_code?: components["schemas"]["DivisionCode"] | null;
            visit_id?: components["schemas"]["RecordId"] | null;
        };
        /** @description A follow-up and how it stands. */
        FollowUpDocument: {
            /** @description Who found the problem. */
            commissioner_id: components["schemas"]["PersonId"];
            /** @description The person's name. */
            commissioner_name?: string | null;
            /**
             * Format: int64
             * @description Days since the due date passed; 0 if it has not, or if it is closed.
             */
            days_overdue: number;
            /** @description Until when to come back. */
            due_on: string;
            /** @description All its fields. */
            fields: components["schemas"]["FollowUp"];
            /** @description Its id. */
            id: components["schemas"]["RecordId"];
            /**
             * Format: int64
             * @description Its revision.
             */
            rev: number;
            /** @description What has become of it. */
            state: components["schemas"]["FollowUpState"];
            /** @description Its village. */
            village_code?: string | null;
            /** @description The village's name. */
            village_name?: string | null;
        };
        /** @description A page of follow-ups. */
        FollowUpList: {
            /** @description The follow-ups, the earliest due date first. */
            follow_ups: components["schemas"]["FollowUpDocument"][];
            /** @description Where to go on; absent on the last page. */
            next?: string | null;
            /** @description The local day as of which the states hold. */
            today: string;
            /** @description How many there are on all pages. */
            total: number;
        };
        /**
         * @description What has become of a follow-up.
         * @enum {string}
         */
        FollowUpState: "open" | "overdue" | "closed";
        /**
         * @description The format of an export.
         * @enum {string}
         */
        Format: "xlsx" | "csv" | "json" | "geojson" | "html";
        /** @description How a run is frozen. */
        Freeze: {
            /**
             * Format: int64
             * @description The run's revision that the officer saw.
             */
            rev: number;
            /** @description Whether sheets without a final total are frozen as they are. */
            with_missing?: boolean;
        };
        /**
         * Format: uuid
         * @description The life of one local database on a device; a wiped or restored phone gets a new one.
         */
        GenerationId: string;
        /** @description What the page sends. */
        GivenFeedback: {
            /** @description A sentence. */
            comment?: string | null;
            /** @description `satisfied`, `fair` or `dissatisfied`. */
            score?: string | null;
        };
        /** @description A hand-over that is asked for. */
        HandOverRequest: {
            /** @description Who gives it up. */
            from_person_id: components["schemas"]["PersonId"];
            /**
             * Format: date
             * @description The first local day of the one who takes it; today if absent.
             */
            on?: string | null;
            /** @description Who takes it. */
            to_person_id: components["schemas"]["PersonId"];
            /** @description The village. */
            village_code: components["schemas"]["DivisionCode"];
        };
        /**
         * @description Where on a sheet somebody says something.
         * @enum {string}
         */
        Heading: "figure" | "self" | "assessed" | "final";
        /** @description The state of the process. */
        HealthDocument: {
            /** @description `ok`. */
            status: string;
            /** @description The version of the server. */
            version: string;
        };
        /** @description Answer of `GET /v1/sync/hello`. */
        HelloResponse: {
            /**
             * Format: uuid
             * @description The life of the server's database.
             */
            epoch: string;
            /** @description Optional features that are served. */
            features: string[];
            /** @description Codes of the industries that the person works in, for bulletins; none if the office has not said. */
            industries?: string[];
            /** @description Limits. */
            limits: components["schemas"]["Limits"];
            /** @description Who the device belongs to. */
            person_id: components["schemas"]["PersonId"];
            /**
             * Format: int32
             * @description Seconds after which to sync again when nothing happens.
             */
            poll_after_s: number;
            /** @description Protocol versions that are spoken. */
            protocol: components["schemas"]["VersionRange"];
            /** @description Record schemas that are taken. */
            schema: components["schemas"]["VersionRange"];
            /** @description What the device may hold now. */
            scopes: components["schemas"]["ScopeGrant"][];
            /**
             * Format: int64
             * @description The server's clock: milliseconds since 1970 UTC.
             */
            server_time: number;
            /** @description The county's time zone, by its IANA name. */
            time_zone: string;
        };
        /** @description What a hand-over comes to. */
        ImpactDocument: {
            /** @description Who gives it up. */
            from: components["schemas"]["SideDocument"];
            /**
             * Format: date
             * @description The last local day of the one who gives it up; the village then leaves their phones.
             */
            last_day: string;
            /**
             * Format: date
             * @description Until this local day edits of the one who gives it up are still taken, if they were made by the last day.
             */
            late_edits_until: string;
            /**
             * Format: date
             * @description The first local day of the one who takes it.
             */
            on: string;
            /** @description Follow-ups that are open. */
            open_follow_ups: number;
            /** @description Live records of the village, by kind: what goes onto the phones of the one who takes it. */
            records: {
                [key: string]: number;
            };
            /** @description Visits that were returned to the one who gives it up and not mended. */
            returned_visits: number;
            /** @description Who takes it. */
            to: components["schemas"]["SideDocument"];
            /** @description The village. */
            village_code: components["schemas"]["DivisionCode"];
            /** @description Its name. */
            village_name: string;
            /** @description What the office should know before it confirms. */
            warnings: components["schemas"]["Sentence"][];
        };
        /** @description The body. */
        ImportForm: {
            /** @description A CSV file (UTF-8 or GB18030), an XLSX workbook, or for boundaries a GeoJSON file; for divisions up to five CSV files, each in a part of its own. */
            file: string[];
        };
        /** @description What an import did. */
        ImportReport: {
            /**
             * Format: int64
             * @description Rows that brought something new.
             */
            created: number;
            /** @description Whether nothing was kept, because it was a rehearsal. */
            dry_run: boolean;
            /** @description Headings that are not known here; their columns were not read. */
            ignored_columns: string[];
            /** @description What is wrong with them; one row may have several problems. At most 10,000 are listed. */
            rejected: components["schemas"]["Rejection"][];
            /**
             * Format: int64
             * @description Rows that were not taken.
             */
            rejected_rows: number;
            /**
             * Format: int64
             * @description Rows that were read, without headings and empty ones: the sum of the next four.
             */
            rows: number;
            /**
             * Format: int64
             * @description Rows that were there already.
             */
            unchanged: number;
            /**
             * Format: int64
             * @description Rows that changed something.
             */
            updated: number;
            /** @description What was imported. */
            what: components["schemas"]["What"];
        };
        /** @description A password that was just made. */
        InitialPasswordDocument: {
            /** @description The password with which the user signs in and then changes it; shown this once. */
            initial_password: components["schemas"]["Secret"];
        };
        /**
         * @description A kind of record.
         * @enum {string}
         */
        Kind: "visit" | "adoption_report" | "adoption" | "beneficiary" | "site" | "photo" | "demo_base" | "follow_up" | "feedback" | "training_session" | "technique" | "village" | "conflict" | "bulletin" | "receipt";
        /**
         * @description How many of the divisions have a boundary.
         * @enum {string}
         */
        Known: "none" | "some" | "all";
        /** @description A name in two languages. */
        Label: {
            /** @description English. */
            en: string;
            /** @description Chinese. */
            zh: string;
        };
        /**
         * @description The language of headings and names of codes.
         * @enum {string}
         */
        Language: "zh" | "en";
        /** @description A visit that was left as it is. */
        LeftVisit: {
            /** @description Why: `visit_flagged`, stale, `illegal_transition`, `not_allowed`, `not_found`, busy. */
            code: components["schemas"]["ErrorCode"];
            /** @description What is worth a second look. */
            flags?: components["schemas"]["FlagDocument"][];
            /** @description The visit. */
            visit_id: components["schemas"]["RecordId"];
            /** @description In words. */
            words: components["schemas"]["Sentence"];
        };
        /** @description A refused mutation. */
        LetterDocument: {
            /**
             * Format: uuid
             * @description The device that it came from.
             */
            device_id: string;
            /** @description The mutation as the office changed it before it applied; absent if it did not. */
            edited?: Record<string, never> | null;
            /**
             * Format: uuid
             * @description Its id here.
             */
            id: string;
            /** @description The mutation as it came; as text if it is no JSON. */
            mutation: unknown;
            /**
             * Format: uuid
             * @description Whose device it is.
             */
            person_id: string;
            /** @description The person's name. */
            person_name?: string | null;
            /** @description Why it was refused or waits. */
            problem: components["schemas"]["MutationProblem"];
            /**
             * Format: int64
             * @description When it arrived: milliseconds since 1970 UTC.
             */
            received_at: number;
            /** @description `applied`, `refused_again` (it waits as another one), `discarded`, `released`. */
            resolution?: string | null;
            /**
             * Format: int64
             * @description When it was settled: milliseconds since 1970 UTC.
             */
            resolved_at?: number | null;
            /** @description The village, as far as that could be told. */
            village_code?: string | null;
        };
        /** @description A page of refused mutations. */
        LetterList: {
            /** @description The latest first. */
            dead_letters: components["schemas"]["LetterDocument"][];
            /** @description Where to go on; absent on the last page. */
            next?: string | null;
        };
        /** @description A decision about a refused mutation. */
        LetterVerdict: {
            /** @description The decision. */
            decision: components["schemas"]["LetterWord"];
            /** @description With `apply`: fields that the phone wrote and that stay as they are in the record. */
            leave_out?: string[];
            /** @description With `apply`: fields that are changed first, `village_code` among them, with their values. */
            set?: Record<string, never>;
        };
        /**
         * @description What the office makes of a refused mutation.
         * @enum {string}
         */
        LetterWord: "apply" | "discard";
        /**
         * @description The level of a division.
         * @enum {string}
         */
        Level: "county" | "township" | "village";
        /** @description The limits of [`crate::limits`], as told to clients. */
        Limits: {
            /** @description Bytes of a body after decompression. */
            max_body_bytes: number;
            /** @description Bytes of one mutation. */
            max_mutation_bytes: number;
            /** @description Mutations in one request. */
            max_mutations: number;
            /**
             * Format: int32
             * @description Changes in one page.
             */
            max_page: number;
        };
        /** @description Something that was done. */
        LinkDocument: {
            /** @description What was done. */
            act: components["schemas"]["Act"];
            /**
             * Format: int64
             * @description When: milliseconds since 1970 UTC.
             */
            at: number;
            /** @description Who: `person`, `device`, `operator` (on the machine itself) or `server`. */
            by: string;
            /**
             * Format: uuid
             * @description The account or device.
             */
            by_id?: string | null;
            /** @description The person's name, or that of the person whose device it is. */
            by_name?: string | null;
            /** @description The chain: the county, or a phone of it. */
            chain: string;
            /** @description How. */
            detail: Record<string, never>;
            /** @description SHA-256 over the hash of the link before and all of this one. */
            hash: string;
            /** @description To what: an id or a code. */
            object: string;
            /**
             * Format: int64
             * @description The link's place in its chain, from 1.
             */
            seq: number;
            /** @description In words. */
            words: components["schemas"]["Sentence"];
        };
        /** @description A record. */
        LiveRecord: {
            /** @description Who made it. */
            author_id: components["schemas"]["PersonId"];
            /** @description Its fields. */
            fields: {
                [key: string]: unknown;
            };
            /** @description Its id. */
            id: components["schemas"]["RecordId"];
            /** @description Its kind. */
            kind: components["schemas"]["Kind"];
            /**
             * Format: int64
             * @description When it first arrived: milliseconds since 1970 UTC.
             */
            received_at: number;
            /**
             * Format: int64
             * @description Its revision.
             */
            rev: number;
        };
        /** @description What a measure means. */
        MeasureDocument: {
            /** @description The stable word. */
            code: string;
            /**
             * Format: int32
             * @description How many digits of the integer stand behind the point in that unit.
             */
            decimals: number;
            /** @description Exactly what is counted. */
            definition: components["schemas"]["Words"];
            /** @description Whether figures of parts add up to that of the whole. */
            is_additive: boolean;
            /** @description What people call it. */
            name: components["schemas"]["Words"];
            /** @description The unit in which people read it. */
            unit: components["schemas"]["Words"];
        };
        /** @description One edit on one record. */
        Mutation: {
            /** @description Elements to put into sets. */
            add?: {
                [key: string]: unknown[];
            };
            /**
             * Format: int64
             * @description The revision that the user *saw* when editing; never re-stamped by a pull. Absent for `create`.
             */
            base?: number | null;
            /** @description The phone's clocks when the user saved. */
            edited: components["schemas"]["ClockReading"];
            group?: components["schemas"]["MutationId"] | null;
            /** @description The record. */
            id: components["schemas"]["RecordId"];
            /** @description The kind of the record, as a word: a server older than the phone keeps what it does not know. */
            kind: string;
            /** @description Made on the phone when the user saves; the key of exactly-once. */
            mid: components["schemas"]["MutationId"];
            /**
             * Format: int64
             * @description The device's own counter of mutations, rising.
             */
            n: number;
            /** @description The command. */
            name?: string | null;
            /** @description What it does. */
            op: components["schemas"]["Operation"];
            /** @description Elements to take out of sets. */
            remove?: {
                [key: string]: unknown[];
            };
            /** @description Fields to write. */
            set?: {
                [key: string]: unknown;
            };
            supersedes?: components["schemas"]["MutationId"] | null;
            /** @description Fields to take away. */
            unset?: string[];
        };
        /**
         * Format: uuid
         * @description One mutation: a `UUIDv7` made on the phone when the user saves, the key of exactly-once.
         */
        MutationId: string;
        /** @description Why one mutation was not applied as it stands. */
        MutationProblem: {
            /** @description The stable code. */
            code: components["schemas"]["ErrorCode"];
            /** @description The fields that are wrong. */
            errors?: components["schemas"]["FieldProblem"][];
            /** @description When it may be sent again. */
            retry: components["schemas"]["Retry"];
            /** @description The sentence that people read. */
            title: components["schemas"]["Sentence"];
            /** @description What the user can do. */
            user_action: components["schemas"]["UserAction"];
        };
        /** @description The result of one mutation. */
        MutationResult: {
            /** @description Fields that were decided by rule. */
            conflicts?: components["schemas"]["FieldConflict"][];
            mid?: components["schemas"]["MutationId"] | null;
            /** @description What became of it. */
            outcome: components["schemas"]["Outcome"];
            problem?: components["schemas"]["MutationProblem"] | null;
            /** @description Whether this is the stored result of an earlier delivery. */
            replayed?: boolean;
            /**
             * Format: int64
             * @description The record's revision afterwards.
             */
            rev?: number | null;
        };
        /** @description An id or code, with its name. */
        Named: {
            /** @description The id or code. */
            key: string;
            /** @description The name, if there is one. */
            name?: string | null;
        };
        /** @description Names of what the visits speak of. */
        NamesDocument: {
            /** @description Beneficiaries within your reach, by id. */
            beneficiaries: {
                [key: string]: string;
            };
            /** @description Villages and their townships, by code. */
            divisions: {
                [key: string]: string;
            };
            /** @description Commissioners, by id. */
            people: {
                [key: string]: string;
            };
            /** @description Techniques, by code. */
            techniques: {
                [key: string]: string;
            };
        };
        /** @description An account to be made. */
        NewAccountRequest: {
            /** @description The name that people read. */
            display_name: string;
            /** @description The login name; large and small letters are the same. */
            login: string;
            /** @description The role. */
            role: components["schemas"]["Role"];
            township_code?: components["schemas"]["DivisionCode"] | null;
        };
        /** @description An assignment to be made. */
        NewAssignmentRequest: {
            /**
             * @description First local day; today if absent.
             * @example 2026-07-01
             */
            from?: string | null;
            /** @description The commissioner. */
            person_id: components["schemas"]["PersonId"];
            /**
             * @description Last local day; open if absent.
             * @example 2026-12-31
             */
            to?: string | null;
            /** @description The village. */
            village_code: components["schemas"]["DivisionCode"];
        };
        /** @description What is written. */
        NewBulletinDocument: {
            /**
             * @description For commissioners who work in one of these industries; in any if there are none. Somebody of whom no industry is
             *     known is always meant.
             */
            industries?: string[];
            /**
             * @description What it is about, by the code list `bulletin_kind`.
             * @example training
             */
            kind: string;
            /** @description The text, up to 5,000 characters. */
            text: string;
            /** @description Its title, up to 100 characters. */
            title: string;
            /**
             * @description For the commissioners of this township; of the whole county if absent. A coordinator names the own township.
             * @example 421083100
             */
            township_code?: string | null;
            /** @description The first local day on which it is shown; today if absent. */
            valid_from?: string | null;
            /** @description The last one; until it is withdrawn if absent. */
            valid_until?: string | null;
        };
        /** @description A period to close. */
        NewClosing: {
            /** @description `2026`, `2026-H1`, `2026-Q2`, `2026-06` or `2026-06-01..2026-08-15`. */
            period: string;
        };
        /** @description What is said on a sheet, all of it or nothing. */
        NewEntries: {
            /** @description Up to 200. */
            entries: components["schemas"]["EntryDocument"][];
        };
        /** @description A new version of a plan. */
        NewPlan: {
            /** @description The TOML file; code and version stand in it. */
            text: string;
        };
        /** @description A run to begin. */
        NewRun: {
            /** @description The period, such as `2026`. */
            period: string;
            /** @description Code of the plan. */
            plan: string;
            /** @description Who is assessed. */
            subjects: components["schemas"]["SubjectKind"];
            /** @description Its version. */
            version: string;
        };
        /** @description A target to set or to take away. */
        NewTargetDocument: {
            /**
             * Format: int64
             * @description The target, in the unit of the measure's code; `null` takes it away.
             */
            amount?: number | null;
            /** @description Code of the measure. */
            measure: string;
            /** @description The period, such as `2026` or `2026-03-01..2026-10-31`. */
            period: string;
            /** @description The id of an account, or the code of a division. */
            subject: string;
            /** @description Whose it is. */
            subject_kind: components["schemas"]["SubjectKind"];
        };
        /** @description Targets to set. */
        NewTargets: {
            /** @description Up to 500. */
            targets: components["schemas"]["NewTargetDocument"][];
        };
        /** @description A new value. */
        NewValue: {
            /**
             * Format: date
             * @description The local day from which it holds; today if absent.
             */
            valid_from?: string | null;
            /** @description The value. */
            value: unknown;
        };
        /** @description One of the numbers. */
        NumberDocument: {
            /**
             * Format: int64
             * @description The share, in 0.01 %.
             */
            basis_points?: number | null;
            /** @description `villages`, `visited`, `overdue`, `waiting_visits` or `silent_people`. */
            code: string;
            /** @description Exactly what is counted. */
            definition: components["schemas"]["Words"];
            /** @description What people call it. */
            label: components["schemas"]["Words"];
            parts?: components["schemas"]["Parts"] | null;
            /** @description Where what is counted is read one by one. */
            records: string;
            /**
             * Format: int64
             * @description The number.
             */
            value: number;
        };
        /**
         * @description What a mutation does to its record.
         * @enum {string}
         */
        Operation: "create" | "patch" | "delete" | "undelete" | "command";
        /**
         * @description What became of a mutation. The first four are durable, exactly one for each mutation; a word that a client does
         *     not know reads as `retry`.
         * @enum {string}
         */
        Outcome: "applied" | "merged" | "held" | "rejected" | "retry";
        /** @description A village that waits. */
        OverdueDocument: components["schemas"]["Named"] & {
            /** @description Who is assigned to it. */
            commissioners: components["schemas"]["Named"][];
            /**
             * Format: int64
             * @description Days since then; absent if there was none.
             */
            days_since?: number | null;
            /**
             * Format: int64
             * @description Days after which it is overdue, in this season.
             */
            interval_days: number;
            /** @description Last day of its last approved visit. */
            last_visit_on?: string | null;
            /** @description Those of them who may have been there: their phones have not reported up to today. */
            may_have_visited: components["schemas"]["Named"][];
            township?: components["schemas"]["Named"] | null;
        };
        /** @description A division at a glance. */
        OverviewDocument: {
            /** @description How complete the data is. */
            cut_off: components["schemas"]["CutOffDocument"];
            /** @description The division. */
            division: components["schemas"]["Named"];
            /** @description Five numbers. */
            numbers: components["schemas"]["NumberDocument"][];
            /** @description The present local day. */
            on: string;
            /** @description The ten villages that have been overdue for the longest. */
            overdue: components["schemas"]["OverdueDocument"][];
            /** @description The present month. */
            period: components["schemas"]["PeriodDocument"];
            /** @description People with a village of the division whose phones have not synchronised for three days, or who have none. */
            silent: components["schemas"]["SilentDocument"][];
            /** @description Visits of the last eight weeks; the present week comes last. */
            weeks: components["schemas"]["WeekDocument"][];
        };
        /** @description A record that belongs to a visit. */
        PartDocument: {
            /** @description Its id. */
            id: components["schemas"]["RecordId"];
            /** @description Its kind. */
            kind: components["schemas"]["Kind"];
        };
        /** @description Numerator and denominator. */
        Parts: {
            /**
             * Format: int64
             * @description Denominator.
             */
            denominator: number;
            /**
             * Format: int64
             * @description Numerator.
             */
            numerator: number;
        };
        /** @description A new password. */
        PasswordRequest: {
            /** @description The password so far. */
            current_password: components["schemas"]["Secret"];
            /** @description The new one: at least ten letters, not the login name. */
            new_password: components["schemas"]["Secret"];
        };
        /** @description The commissioners within reach. */
        PeopleDocument: {
            /** @description The local day as of which assignments stand. */
            on: string;
            /** @description The people, by name. */
            people: components["schemas"]["PersonDocument"][];
        };
        /** @description A period with its days. */
        PeriodDocument: {
            /** @description First local day. */
            from: string;
            /** @description What people call it. */
            label: components["schemas"]["Sentence"];
            /** @description Last local day. */
            to: string;
        };
        /** @description A commissioner. */
        PersonDocument: {
            /** @description 派出单位. */
            dispatch_unit?: string | null;
            /** @description The account. */
            id: components["schemas"]["PersonId"];
            /** @description Codes of the industries that the person works in. */
            industries?: string[];
            /** @description Whether the account is disabled. */
            is_disabled: boolean;
            /** @description Whether the person serves there today and a phone has not synchronised for three days, or there is none. */
            is_silent: boolean;
            /**
             * Format: int64
             * @description The earliest last sync of these phones: milliseconds since 1970 UTC; absent if one never did.
             */
            last_sync_at?: number | null;
            /** @description The name. */
            name: string;
            /** @description The phones in use. */
            phones: components["schemas"]["PersonPhone"][];
            /** @description 专业. */
            specialty?: string | null;
            /** @description The county's number of the commissioner. */
            staff_no?: string | null;
            /** @description 职称. */
            title?: string | null;
            /** @description Villages of the division that are the person's today; their names are in `/v1/divisions`. */
            villages: components["schemas"]["DivisionCode"][];
            /** @description What waited on all phones together when they last synchronised. */
            waiting: components["schemas"]["Waiting"];
        };
        /**
         * Format: uuid
         * @description A person: an account, and the commissioner behind it.
         */
        PersonId: string;
        /** @description A phone in use. */
        PersonPhone: {
            /** @description The version of its app. */
            app_version?: string | null;
            /** @description The device. */
            id: components["schemas"]["DeviceId"];
            /**
             * Format: int64
             * @description When it last sent something new.
             */
            last_push_at?: number | null;
            /**
             * Format: int64
             * @description When it last synchronised with success: milliseconds since 1970 UTC.
             */
            last_sync_at?: number | null;
            /**
             * Format: int64
             * @description When the office reported it lost.
             */
            lost_at?: number | null;
            /** @description What the office calls it. */
            name: string;
            waiting?: components["schemas"]["Waiting"] | null;
        };
        /** @description A link that a phone made. */
        PhoneLink: {
            /** @description SHA-256 of the token, as 64 lower-case hexadecimal digits. */
            token_sha256: string;
        };
        /** @description How long a link is good. */
        PhoneLinkDocument: {
            /**
             * Format: int64
             * @description Until when: milliseconds since 1970 UTC.
             */
            expires_at: number;
        };
        /** @description A phone of one of the two people. */
        PhoneOfSide: {
            /** @description The device. */
            id: components["schemas"]["DeviceId"];
            /**
             * Format: int64
             * @description When it last synchronised: milliseconds since 1970 UTC.
             */
            last_sync_at?: number | null;
            /** @description What the office calls it. */
            name: string;
            waiting?: components["schemas"]["Waiting"] | null;
        };
        /** @description How far a photo has come. */
        PhotoDocument: {
            /** @description The photo; its bytes are at `/v1/photos/{id}/{size}`. */
            id: components["schemas"]["RecordId"];
            /** @description Whether it can be shown small. */
            prepared: boolean;
            problem?: components["schemas"]["ErrorCode"] | null;
            /** @description What it shows. */
            purpose?: string | null;
            /**
             * Format: int64
             * @description Bytes that have come.
             */
            received_bytes: number;
            /**
             * Format: int64
             * @description Bytes of the whole, as announced.
             */
            size_bytes?: number | null;
            /** @description `announced`, `partial`, `complete`, `rejected` or `removed`. */
            state: string;
        };
        /** @description A subject's sheet in a run's list. */
        PlacedSheet: components["schemas"]["Sheet"] & {
            /** @description Its place by the final total, if the county ranks and there is a total. */
            place?: number | null;
        };
        /** @description A version of a score plan. */
        PlanDocument: {
            /** @description Its code. */
            code: string;
            /** @description Whether it comes with Tepai. */
            is_shipped: boolean;
            /** @description What people call it. */
            label: components["schemas"]["Label"];
            /** @description The measures that its rules need, by code. */
            measures: string[];
            /** @description The document that it follows, and what of it the county decided itself. */
            source: string;
            /** @description Its version. */
            version: string;
        };
        /** @description The score plans of a county. */
        PlanList: {
            /** @description Those that come with Tepai, then the county's own. */
            plans: components["schemas"]["PlanDocument"][];
        };
        /** @description Points in one column. */
        PointsDocument: {
            /**
             * Format: int64
             * @description When: milliseconds since 1970 UTC.
             */
            at?: number | null;
            /**
             * Format: uuid
             * @description Who said so.
             */
            by?: string | null;
            /** @description The grade, if the rule is graded and it was said here. */
            grade?: string | null;
            /** @description Why. */
            note?: string | null;
            /** @description The points, as an exact decimal number. */
            points: string;
            /** @description Whether somebody said so here; otherwise they are those of the records, or in the final column the assessor's. */
            said: boolean;
        };
        /**
         * @description Where, in which datum, how sure, when, and whether the phone says it is mocked.
         *
         *     Members that are not known here are kept with the position, as a newer phone sent them.
         */
        Position: {
            /**
             * Format: int32
             * @description Radius of uncertainty in metres.
             */
            accuracy_m?: number | null;
            /** @description `wgs84`, `gcj02`, `bd09` or `cgcs2000`; never guessed. */
            datum: string;
            /** @description Whether the phone says that the position is mocked. */
            is_mocked?: boolean | null;
            /**
             * Format: double
             * @description Latitude in degrees, -90 to 90.
             */
            lat: number;
            /**
             * Format: double
             * @description Longitude in degrees, -180 to 180.
             */
            lon: number;
            /** @description `gnss`, `network` or `manual`. */
            source?: string | null;
            /**
             * Format: int64
             * @description When the fix was taken: milliseconds since 1970 UTC, by the phone's clock.
             */
            taken_at?: number | null;
        };
        /** @description The body of a refused request: RFC 9457 `application/problem+json`. */
        Problem: {
            /** @description The stable code. */
            code: components["schemas"]["ErrorCode"];
            /** @description More about this very case. */
            detail?: string | null;
            /** @description The fields that are wrong. */
            errors?: components["schemas"]["FieldProblem"][];
            /** @description The request, as the log knows it. */
            request_id?: string | null;
            /** @description When it may be sent again. */
            retry: components["schemas"]["Retry"];
            /**
             * Format: int32
             * @description Seconds to wait before trying again.
             */
            retry_after_s?: number | null;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The sentence that people read, in the language that was asked for. */
            title: string;
            /** @description `urn:tepai:problem:<code>`. */
            type: string;
            /** @description What the user can do. */
            user_action: components["schemas"]["UserAction"];
            /** @description The title in Chinese and English, whatever was asked for. */
            words: components["schemas"]["Sentence"];
        };
        /** @description What a feature is about. */
        Properties: {
            /** @description The division. */
            code: components["schemas"]["DivisionCode"];
            /** @description Its name. */
            name: string;
        };
        /** @description What to send down. */
        PullRequest: {
            /** @description The cursor of the last answer; absent for everything. */
            cursor?: string | null;
            /**
             * Format: int32
             * @description Changes in one answer.
             */
            limit?: number | null;
            /** @description Whether to check every scope: asked for after `total` differed. */
            verify?: boolean;
        };
        /** @description One page of changes. */
        PullResponse: {
            /** @description The changes, scope by scope in rising seq. */
            changes: components["schemas"]["Change"][];
            /**
             * @description What a complete replica holds of each scope that this answer changed, or of all with `verify`; only with
             *     `more: false`.
             */
            check?: components["schemas"]["ScopeCheck"][];
            /** @description To be sent with the next pull, kept in the same local transaction as the changes. */
            cursor: string;
            /** @description Scopes that the device must drop, after it has pushed what it holds in them. */
            evict?: string[];
            /** @description Whether there is more at once. */
            more: boolean;
            /** @description Scopes whose replica must be rebuilt from the changes that follow, keeping pending mutations. */
            reset?: string[];
            total?: components["schemas"]["Total"] | null;
        };
        /** @description A page of the queue. */
        QueueDocument: {
            /** @description Names of what they speak of. */
            names: components["schemas"]["NamesDocument"];
            /** @description Where to go on; absent on the last page. A decision takes a visit out of the queue and moves nothing else. */
            next?: string | null;
            /** @description The visits, the oldest service date first. */
            visits: components["schemas"]["QueuedVisit"][];
            /**
             * Format: int64
             * @description Visits that wait in the division, whatever else was asked for.
             */
            waiting: number;
        };
        /** @description A visit that waits. */
        QueuedVisit: components["schemas"]["VisitDocument"] & {
            /** @description What is worth a second look. */
            flags: components["schemas"]["FlagDocument"][];
            /** @description Whether you may judge it as it stands. */
            may_decide: boolean;
            /** @description How far its photos have come. */
            photos: components["schemas"]["PhotoDocument"][];
            previous?: components["schemas"]["VisitDocument"] | null;
        };
        /** @description Somebody who has read a bulletin. */
        ReaderDocument: {
            /** @description The name. */
            name: string;
            /**
             * Format: uuid
             * @description Who.
             */
            person_id: string;
            /**
             * Format: int64
             * @description When, by the corrected clock of the phone: milliseconds since 1970 UTC.
             */
            read_at: number;
        };
        /** @description A record behind a sheet, in the revision that was counted. */
        RecordDocument: {
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Format: int64
             * @description Its revision.
             */
            rev: number;
        };
        /**
         * Format: uuid
         * @description A record that syncs. `UUIDv7` made on the phone, or `UUIDv5` of its natural key.
         */
        RecordId: string;
        /** @description A page of records. */
        RecordList: {
            next?: components["schemas"]["RecordId"] | null;
            /** @description The records, by id. */
            records: components["schemas"]["LiveRecord"][];
        };
        /** @description One thing that is wrong with one row. */
        Rejection: {
            /** @description What is wrong. */
            code: components["schemas"]["ErrorCode"];
            /** @description The heading of the column, as the file has it. */
            column?: string | null;
            /** @description The same in English. */
            en: string;
            /** @description The file, where there are several. */
            file?: string | null;
            /**
             * Format: int64
             * @description The line of a CSV file, the row of a sheet, or the feature of a GeoJSON file; the first is 1.
             */
            line: number;
            /** @description The value, cut short if it is long. */
            value?: string | null;
            /** @description The same in Chinese. */
            zh: string;
        };
        /** @description How many mutations came to which outcome. */
        Released: {
            /** @description Those that stand as they are. */
            applied: number;
            /** @description Those that are kept and do not count yet. */
            held: number;
            /** @description Those that met another person's edit. */
            merged: number;
            /** @description Those that were refused. */
            rejected: number;
            /** @description Those that belong to a record that is not here. */
            retry: number;
        };
        /** @description A text to paste. */
        ReminderDocument: {
            /** @description The day as of which it holds. */
            on: string;
            /** @description The text, in lines. */
            text: components["schemas"]["Sentence"];
            /** @description Villages that it names. */
            villages: number;
        };
        /** @description Which database on which device is talking. */
        Replica: {
            /** @description Version of the app, for the office's list of devices. */
            app_version?: string | null;
            /** @description Minted when the local database was created; kept where backups do not reach. */
            generation: components["schemas"]["GenerationId"];
            /** @description The last ticket that the server handed out; absent on the first sync of a generation. */
            ticket?: string | null;
        };
        /** @description A report that went out. */
        ReportDocument: {
            /** @description Of what place. */
            division: string;
            /** @description What the file is called. */
            file_name: string;
            /** @description `xlsx`, `csv`, `json`, `geojson`, `html`, or `template` for a superior's workbook. */
            format: string;
            /** @description First local day of its period. */
            from: string;
            /**
             * Format: int64
             * @description When: milliseconds since 1970 UTC.
             */
            made_at: number;
            /**
             * Format: uuid
             * @description By whom; absent if it was made on the machine itself.
             */
            made_by?: string | null;
            /**
             * @description Its number, as it is printed on it: county, year, count.
             * @example 421083-2026-0007
             */
            number: string;
            /**
             * Format: int64
             * @description Rows of tables in it.
             */
            rows: number;
            /** @description SHA-256 of the file, as hexadecimal digits. */
            sha256: string;
            /** @description Last local day of its period. */
            to: string;
        };
        /** @description A page of reports. */
        ReportList: {
            /** @description Where to go on; absent on the last page. */
            next?: string | null;
            /** @description The latest first. */
            reports: components["schemas"]["ReportDocument"][];
        };
        /** @description A figure that is another one now. */
        RestatedDocument: {
            /** @description As it is. */
            after?: string | null;
            /** @description As it was closed: a whole number, or an exact decimal number as text. */
            before?: string | null;
            /** @description Code of the township, or of the county. */
            division: string;
            /** @description Code of the measure. */
            measure: string;
            /** @description Its name. */
            name: string;
        };
        /**
         * @description When the same thing may be sent again. A word that a client does not know reads as `later`.
         * @enum {string}
         */
        Retry: "never" | "after_pull" | "later";
        /** @description One decision of a reviewer. */
        ReviewDocument: {
            /** @description What people changed between this version and the next one: that of the review after it, or the present one. */
            changed_since: string[];
            /** @description The reviewer's sentence. */
            comment?: string | null;
            /** @description The decision. */
            decision: string;
            /** @description Until when to mend it. */
            due_on?: string | null;
            /** @description The field to mend. */
            field?: string | null;
            judged?: components["schemas"]["Visit"] | null;
            /** @description Reason code. */
            reason?: string | null;
            /**
             * Format: int64
             * @description The revision that was judged.
             */
            rev: number;
            /**
             * Format: int64
             * @description When: milliseconds since 1970 UTC.
             */
            reviewed_at: number;
            /** @description Who decided. */
            reviewer_id: components["schemas"]["PersonId"];
            /** @description `township` or `county`. */
            step: string;
        };
        /** @description A decision. */
        ReviewRequest: {
            /** @description A sentence for the commissioner; mandatory to reopen. */
            comment?: string | null;
            /** @description The decision. */
            decision: components["schemas"]["Decision"];
            /**
             * @description Until when to mend it.
             * @example 2026-07-15
             */
            due_on?: string | null;
            /** @description The field to mend. */
            field?: string | null;
            /** @description Reason code; mandatory for a return: `no_photo`, place, time, duplicate, content, other. */
            reason?: string | null;
            /**
             * Format: int64
             * @description The revision that the reviewer saw; another one is refused as stale.
             */
            rev: number;
        };
        /** @description What the visit has become. */
        ReviewResponse: {
            /**
             * Format: int64
             * @description Its revision.
             */
            rev: number;
            /** @description Its review state. */
            review_state: string;
        };
        /**
         * @description A role of an account.
         * @enum {string}
         */
        Role: "commissioner" | "coordinator" | "auditor" | "county_officer" | "administrator";
        /** @description One row. */
        RowDocument: components["schemas"]["Named"] & {
            /** @description Its figures. */
            figures: components["schemas"]["FigureDocument"][];
        };
        /** @description A score run. */
        RunDocument: {
            /**
             * Format: int64
             * @description When: milliseconds since 1970 UTC.
             */
            created_at: number;
            /**
             * Format: uuid
             * @description Who began it.
             */
            created_by: string;
            /**
             * Format: int64
             * @description When: milliseconds since 1970 UTC.
             */
            frozen_at?: number | null;
            /**
             * Format: uuid
             * @description Who froze it; absent while it is open.
             */
            frozen_by?: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description What people call the plan. */
            label: components["schemas"]["Label"];
            /** @description The period. */
            period: components["schemas"]["PeriodDocument"];
            /** @description Code of its plan. */
            plan: string;
            /**
             * Format: int64
             * @description How often something was said in it.
             */
            rev: number;
            /** @description Who is assessed. */
            subjects: components["schemas"]["SubjectKind"];
            /** @description Version of its plan. */
            version: string;
        };
        /** @description The score runs of a county. */
        RunList: {
            /** @description The latest first. */
            runs: components["schemas"]["RunDocument"][];
        };
        /** @description What a complete replica of a scope holds. */
        ScopeCheck: {
            /**
             * Format: int64
             * @description How many live records.
             */
            count: number;
            /** @description The scope. */
            scope: string;
            /** @description The seq at which this holds, as text. */
            seq: string;
            /** @description `Σ fnv1a32("<id>:<rev>") mod 2^32`, as eight hexadecimal digits. */
            sum: string;
        };
        /** @description A scope that the device may hold. */
        ScopeGrant: {
            /** @description The scope. */
            scope: string;
            /** @description First local day of the assignment behind it, for a village. */
            since?: string | null;
        };
        /**
         * Format: password
         * @description A password, a token, a one-time code, or what is kept of a password. `Debug` hides it and there is no `Display`.
         */
        Secret: string;
        /** @description A visit as the reviewer saw it. */
        SeenVisit: {
            /**
             * Format: int64
             * @description The revision that the reviewer saw; another one is left as stale.
             */
            rev: number;
            /** @description The visit. */
            visit_id: components["schemas"]["RecordId"];
        };
        /** @description A sentence in both languages that was put together at run time. */
        Sentence: {
            /** @description English. */
            en: string;
            /** @description Chinese. */
            zh: string;
        };
        /** @description Who is signed in. */
        SessionDocument: {
            /** @description The account. */
            account_id: components["schemas"]["PersonId"];
            /** @description Its county. */
            county_code: components["schemas"]["DivisionCode"];
            /** @description The name that people read. */
            display_name: string;
            /**
             * Format: int64
             * @description When the session ends whatever happens: milliseconds since 1970 UTC.
             */
            expires_at: number;
            /**
             * Format: int32
             * @description Minutes without a request after which it ends before that.
             */
            idle_minutes: number;
            /** @description Its login name. */
            login: string;
            /** @description Whether the password must be changed before anything else. */
            must_change_password: boolean;
            /**
             * Format: int64
             * @description The server's clock: milliseconds since 1970 UTC.
             */
            now: number;
            /** @description Its role. */
            role: components["schemas"]["Role"];
            /** @description The zone of the county's local days, by its IANA name. */
            time_zone: string;
            /** @description The county's local day. */
            today: string;
            township_code?: components["schemas"]["DivisionCode"] | null;
        };
        /** @description A setting of the county. */
        SettingDocument: {
            /** @description What holds where the county says nothing. */
            default: unknown;
            /** @description Every value that the county gave it, by date. */
            history: components["schemas"]["DatedValue"][];
            /** @description What people call it. */
            label: components["schemas"]["Words"];
            /** @description Its name, such as `overdue_days`. */
            name: string;
            /** @description The value that holds today. */
            value: unknown;
        };
        /** @description The settings of a county. */
        SettingList: {
            /** @description All of them. */
            settings: components["schemas"]["SettingDocument"][];
        };
        /** @description That it was settled. */
        Settled: {
            /**
             * Format: uuid
             * @description The conflict or the mutation.
             */
            id: string;
            result?: components["schemas"]["MutationResult"] | null;
        };
        /** @description A division with its boundary. */
        ShapeFeature: {
            /** @description A polygon or several: longitudes and latitudes in WGS-84, to about a metre, simplified to be shown. */
            geometry: Record<string, never>;
            /** @description What it is about. */
            properties: components["schemas"]["Properties"];
            /** @description `Feature`. */
            type: string;
        };
        /** @description One meaning of coverage. */
        ShareDocument: {
            /**
             * Format: int64
             * @description In 0.01 %; absent if the denominator is zero.
             */
            basis_points?: number | null;
            /** @description What of the denominator is covered. */
            covered: components["schemas"]["Named"][];
            /** @description What is counted, and out of what. */
            definition: components["schemas"]["Words"];
            /** @description What people call it. */
            label: components["schemas"]["Words"];
            /** @description assigned, visited, township or industry. */
            meaning: string;
            /** @description What of it is not. */
            missing: components["schemas"]["Named"][];
            /** @description Numerator and denominator. */
            parts: components["schemas"]["Parts"];
        };
        /** @description What a subject came to. Of a frozen run it is stored as it is here, and never made anew. */
        Sheet: {
            /** @description Code of the grade of the final total, if the plan has grades. */
            grade?: string | null;
            /** @description A line for each rule, in the order of the plan. */
            lines: components["schemas"]["SheetLine"][];
            /** @description The measures that the plan needs, as far as they are known, by code. */
            measures: {
                [key: string]: components["schemas"]["SheetMeasure"];
            };
            /** @description Its name. */
            name?: string | null;
            /** @description The records that were counted, by kind. */
            records?: {
                [key: string]: components["schemas"]["RecordDocument"][];
            };
            /** @description The subject: the id of an account, or the code of a division. */
            subject: string;
            /** @description Totals by column (`self`, `assessed`, `final`); a column with a line without points has none. */
            totals: {
                [key: string]: string;
            };
        };
        /** @description One rule on a sheet. */
        SheetLine: {
            assessed?: components["schemas"]["PointsDocument"] | null;
            /** @description What the figures give; absent if one is missing, or if a person gives the points. */
            computed?: string | null;
            /** @description The kinds of the records behind its measures: a list of them is in `records`. */
            evidence: string[];
            final?: components["schemas"]["PointsDocument"] | null;
            /** @description What people call it. */
            label: components["schemas"]["Label"];
            /** @description The measures that it needs. */
            measures: string[];
            /** @description The measure that is missing. */
            missing?: string | null;
            /** @description Points at the most; absent if there is no limit. */
            most?: string | null;
            /** @description The rule's code. */
            rule: string;
            self?: components["schemas"]["PointsDocument"] | null;
        };
        /** @description The value of a measure on a sheet. */
        SheetMeasure: {
            /** @description Whether somebody said it, and no record shows it. */
            by_hand: boolean;
            /** @description Why, if it was said. */
            note?: string | null;
            /** @description The value, as an exact decimal number in the unit that people read. */
            value: string;
        };
        /** @description A demo base, demo household or local expert. */
        ShowcaseDocument: {
            /** @description All its fields; a phone number is masked. */
            fields: {
                [key: string]: unknown;
            };
            /** @description Its id. */
            id: components["schemas"]["RecordId"];
            /** @description The first day of the latest of them. */
            last_visit_on?: string | null;
            /**
             * Format: int64
             * @description When: milliseconds since 1970 UTC.
             */
            marked_at?: number | null;
            marked_by?: components["schemas"]["PersonId"] | null;
            /** @description The person's name. */
            marked_by_name?: string | null;
            /**
             * Format: int64
             * @description Its revision.
             */
            rev: number;
            /** @description Who runs a demo base. */
            run_by?: string | null;
            /** @description Its village. */
            village_code?: string | null;
            /** @description The village's name. */
            village_name?: string | null;
            /**
             * Format: int32
             * @description Approved visits of the period that served it, or whoever runs it; absent if nobody is known to run a base.
             */
            visits?: number | null;
        };
        /** @description A page of them. */
        ShowcaseList: {
            /** @description By id. */
            entries: components["schemas"]["ShowcaseDocument"][];
            next?: components["schemas"]["RecordId"] | null;
        };
        /** @description One of the two values, and whose it is. */
        Side: {
            /**
             * Format: uuid
             * @description Who wrote it.
             */
            by?: string | null;
            /** @description The person's name. */
            name?: string | null;
            /** @description The value; `null` if it was taken away. */
            value: unknown;
        };
        /** @description One of the two people. */
        SideDocument: {
            /** @description The phones that are not revoked. */
            devices: components["schemas"]["PhoneOfSide"][];
            /** @description The name. */
            display_name: string;
            /** @description The person. */
            person_id: components["schemas"]["PersonId"];
        };
        /** @description A new session. */
        SignedInDocument: components["schemas"]["SessionDocument"] & {
            /** @description The token, for a program to send as a bearer token; browsers have it as a cookie. */
            token: components["schemas"]["Secret"];
        };
        /** @description A login name and its password. */
        SignInRequest: {
            /** @description The login name; large and small letters are the same. */
            login: string;
            /** @description The password. */
            password: components["schemas"]["Secret"];
        };
        /** @description Somebody of whom the server has not heard. */
        SilentDocument: components["schemas"]["Named"] & {
            /**
             * Format: int64
             * @description The earliest last sync of these phones: milliseconds since 1970 UTC; absent if one never did.
             */
            last_sync_at?: number | null;
            /** @description Phones in use. */
            phones: number;
            /** @description What waited on all of them together when they last synchronised. */
            waiting: components["schemas"]["Waiting"];
        };
        /**
         * @description What kind of subject is assessed.
         * @enum {string}
         */
        SubjectKind: "commissioner" | "township" | "county";
        /** @description A summary. */
        SummaryDocument: {
            /** @description How complete the data is. */
            cut_off: components["schemas"]["CutOffDocument"];
            /** @description The division. */
            division: components["schemas"]["Named"];
            /** @description What each figure means. */
            measures: components["schemas"]["MeasureDocument"][];
            /** @description The period. */
            period: components["schemas"]["PeriodDocument"];
            /** @description The rows. */
            rows: components["schemas"]["RowDocument"][];
            /** @description The figures of the whole: its own count, never the sum of the rows. */
            total: components["schemas"]["FigureDocument"][];
        };
        /** @description Body of `POST /v1/sync`. Either part may be left out. */
        SyncRequest: {
            /** @description The phone's clocks when it sends. */
            clock: components["schemas"]["ClockReading"];
            /**
             * Format: uuid
             * @description The life of the server's database in which the `base` of every mutation here was seen; the present one if
             *     absent. A base of another life proves nothing and counts as 0.
             */
            epoch?: string | null;
            /** @description The outbox, oldest first. */
            mutations?: components["schemas"]["Mutation"][];
            /**
             * Format: int32
             * @description Protocol version.
             */
            protocol: number;
            pull?: components["schemas"]["PullRequest"] | null;
            /** @description The replica. */
            replica: components["schemas"]["Replica"];
            /**
             * Format: int32
             * @description Record schema that the phone knows.
             */
            schema: number;
            waiting?: components["schemas"]["Waiting"] | null;
        };
        /** @description Answer of `POST /v1/sync`. */
        SyncResponse: {
            /**
             * Format: uuid
             * @description The life of the server's database. If it changed, push the journal again and pull from the start.
             */
            epoch: string;
            /**
             * Format: int32
             * @description Seconds after which to sync again when nothing happens.
             */
            poll_after_s: number;
            pull?: components["schemas"]["PullResponse"] | null;
            /** @description One result for each mutation, in the order in which they were sent. */
            results: components["schemas"]["MutationResult"][];
            /**
             * Format: int64
             * @description The server's clock: milliseconds since 1970 UTC.
             */
            server_time: number;
            /** @description To be sent with the next sync. */
            ticket: string;
        };
        /** @description A target and how much of it is reached. */
        TargetDocument: {
            /** @description What records show, as a decimal number in the unit that people read; absent if the measure has no value. */
            actual?: string | null;
            /**
             * Format: int64
             * @description The target, in the unit of the measure's code.
             */
            amount: number;
            /** @description First local day. */
            from: string;
            label?: components["schemas"]["Words"] | null;
            /** @description Code of the measure. */
            measure: string;
            /** @description Its name. */
            name?: string | null;
            /**
             * Format: int64
             * @description How much of the target that is, in 0.01 %, rounded down; absent if either is missing or the target is zero.
             */
            reached_basis_points?: number | null;
            /** @description The id of an account, or the code of a division. */
            subject: string;
            /** @description Whose it is. */
            subject_kind: components["schemas"]["SubjectKind"];
            /** @description Last local day. */
            to: string;
        };
        /** @description Targets. */
        TargetList: {
            /** @description By kind of subject, subject, measure and period. */
            targets: components["schemas"]["TargetDocument"][];
        };
        /** @description How many targets were set. */
        TargetsSet: {
            /** @description How many. */
            count: number;
        };
        /** @description A form with a workbook. */
        TemplateForm: {
            /**
             * Format: binary
             * @description An XLSX workbook with placeholders.
             */
            file: string;
        };
        /** @description What a complete replica holds of all its scopes together: a record in two scopes counts twice. */
        Total: {
            /**
             * Format: int64
             * @description The sum of the counts.
             */
            count: number;
            /** @description The sum of the sums, mod 2^32, as eight hexadecimal digits. */
            sum: string;
        };
        /** @description Somebody who taught. */
        TrainerDocument: {
            /** @description The commissioner. */
            id: components["schemas"]["PersonId"];
            /** @description The person's name. */
            name?: string | null;
        };
        /** @description A record of a training session. */
        TrainingDocument: {
            counted_with?: components["schemas"]["RecordId"] | null;
            /** @description All its fields. */
            fields: components["schemas"]["TrainingSession"];
            /** @description The day it was held. */
            held_on: string;
            /** @description Its id. */
            id: components["schemas"]["RecordId"];
            /**
             * Format: int64
             * @description Its revision.
             */
            rev: number;
            /** @description Photos of its sign-in sheets. */
            sign_in_sheets: components["schemas"]["RecordId"][];
            /** @description How it counts. */
            state: components["schemas"]["TrainingState"];
            /** @description Commissioners who taught. */
            trainers: components["schemas"]["TrainerDocument"][];
            /** @description Its village. */
            village_code?: string | null;
            /** @description The village's name. */
            village_name?: string | null;
        };
        /** @description A page of sessions. */
        TrainingList: {
            /** @description Where to go on; absent on the last page. */
            next?: string | null;
            /** @description How many records there are on all pages. */
            total: number;
            /** @description The records, the latest day first. */
            training_sessions: components["schemas"]["TrainingDocument"][];
        };
        /** @description What was taught, where, by whom and to how many. */
        TrainingSession: {
            /**
             * Format: int64
             * @description Attendances (人次: a person counts once a session).
             */
            attendances?: number | null;
            commissioner_id?: components["schemas"]["PersonId"] | null;
            /** @description Local experts who taught. */
            expert_ids?: components["schemas"]["RecordId"][] | null;
            /**
             * Format: date
             * @description The local day on which it was held; it falls into the period of this day.
             */
            held_on?: string | null;
            /** @description Material that was handed out, in words; copies are counted by the visit's leaflets. */
            materials?: string | null;
            /** @description Anything else. */
            note?: string | null;
            /**
             * Format: int64
             * @description Different persons (人: a person counts once).
             */
            persons?: number | null;
            /** @description The room, pond or field. */
            place?: string | null;
            same_as?: components["schemas"]["RecordId"] | null;
            /**
             * Format: int64
             * @description Sessions (场次); one if absent.
             */
            sessions?: number | null;
            /** @description Techniques that were taught. */
            technique_codes?: string[] | null;
            /** @description What it was about. Sessions of one village and day with the same topic are one. */
            topic?: string | null;
            /** @description Commissioners who taught. */
            trainer_ids?: components["schemas"]["PersonId"][] | null;
            village_code?: components["schemas"]["DivisionCode"] | null;
            /** @description Visits of the same village in which it was held. */
            visit_ids?: components["schemas"]["RecordId"][] | null;
        };
        /**
         * @description How a session counts.
         * @enum {string}
         */
        TrainingState: "approved" | "pending" | "returned";
        /** @description Somebody whose phones have not reported. */
        UnheardDocument: components["schemas"]["Named"] & {
            /** @description The local day of the last sync of all the person's phones; absent if one never did. */
            last_synced_on?: string | null;
        };
        /** @description A commissioner who a bulletin is for and who has not read it. */
        UnreadDocument: {
            /**
             * Format: int64
             * @description Up to when all of the person's phones have reported: milliseconds since 1970 UTC. Somebody whose phone has not been
             *     heard of since the bulletin was issued cannot have read it.
             */
            last_sync_at?: number | null;
            /** @description The name. */
            name: string;
            /**
             * Format: uuid
             * @description Who.
             */
            person_id: string;
        };
        /** @description How far an upload is. */
        UploadStanding: {
            /** @description Whether the photo is kept. */
            complete: boolean;
            /**
             * Format: int64
             * @description When the upload is given up: milliseconds since 1970 UTC.
             */
            expires_at: number;
            /**
             * Format: int64
             * @description Bytes of the whole.
             */
            upload_length: number;
            /**
             * Format: int64
             * @description Bytes that the server has and will not lose; go on from here.
             */
            upload_offset: number;
        };
        /**
         * @description What the user can do about it. A word that a client does not know reads as `ask_office`.
         * @enum {string}
         */
        UserAction: "none" | "edit" | "sign_in" | "update_app" | "ask_office";
        /** @description Lowest and highest version that is spoken. */
        VersionRange: {
            /**
             * Format: int32
             * @description Highest.
             */
            max: number;
            /**
             * Format: int32
             * @description Lowest.
             */
            min: number;
        };
        /** @description Somebody's time in a village. */
        VillageAssignment: components["schemas"]["Named"] & {
            /** @description First local day. */
            from: string;
            /** @description Last local day; absent if it has no end. */
            to?: string | null;
        };
        /** @description How a village stands. */
        VillageDocument: components["schemas"]["Named"] & {
            /** @description Since when, and until when if that is known; empty if nobody is. */
            assignments: components["schemas"]["VillageAssignment"][];
            /** @description In which class that falls. */
            band: string;
            /** @description Who is assigned to it. */
            commissioners: components["schemas"]["Named"][];
            /**
             * Format: int64
             * @description Days since then; absent if there was none.
             */
            days_since?: number | null;
            /**
             * Format: int64
             * @description Days without an approved visit after which this village is overdue, in this season.
             */
            interval_days: number;
            /** @description Whether it is overdue. */
            is_overdue: boolean;
            /** @description Last day of its last approved visit. */
            last_visit_on?: string | null;
            /** @description Those assigned to it whose phones have not reported up to the day as of which this holds: they may have visited it. */
            may_have_visited: components["schemas"]["UnheardDocument"][];
            /** @description Codes of its lead industries in which nobody works who is assigned to it. */
            unserved_industries: string[];
            /**
             * Format: int64
             * @description Approved visits in the period.
             */
            visits: number;
        };
        /** @description One service by one commissioner, perhaps with others, in one village. */
        Visit: {
            /** @description Why the visit was entered late. */
            backfill_reason?: string | null;
            /** @description Who was served. */
            beneficiary_ids?: components["schemas"]["RecordId"][] | null;
            /** @description Production, processing or sale. */
            chain_stage?: string | null;
            check_in?: components["schemas"]["Position"] | null;
            /** @description Why there is no position. */
            check_in_missing?: string | null;
            commissioner_id?: components["schemas"]["PersonId"] | null;
            /** @description What was done. */
            content?: string | null;
            /**
             * Format: int64
             * @description Disease cases seen (例).
             */
            disease_cases?: number | null;
            /**
             * Format: int64
             * @description Metres between the check-in and the village's reference point.
             */
            distance_to_village_m?: number | null;
            /** @description Industry that was served. */
            industry?: string | null;
            /**
             * Format: int64
             * @description Days between the last service day and the arrival, if later than the same day.
             */
            late_days?: number | null;
            /**
             * Format: int64
             * @description Leaflets handed out (份).
             */
            leaflets?: number | null;
            /** @description How the visit was made. */
            mode?: string | null;
            /** @description Number of the paper record, if there is one. */
            paper_ref?: string | null;
            /** @description Other commissioners who took part (a joint visit is one visit of the village). */
            participant_ids?: components["schemas"]["PersonId"][] | null;
            /** @description Problem that was found. */
            problem_found?: string | null;
            /**
             * Format: int64
             * @description Problems solved (个).
             */
            problems_solved?: number | null;
            /** @description The reviewer's sentence. */
            review_comment?: string | null;
            /**
             * Format: date
             * @description Until when to mend it.
             */
            review_due_on?: string | null;
            /** @description Which field to mend. */
            review_field?: string | null;
            /** @description Why it was returned. */
            review_reason?: string | null;
            /** @description Where the review stands. */
            review_state?: string | null;
            /**
             * Format: date
             * @description First local day of the service; the visit falls into the period of this day.
             */
            service_from?: string | null;
            /** @description Free or paid. */
            service_mode?: string | null;
            /**
             * Format: date
             * @description Last local day, where the service took several.
             */
            service_to?: string | null;
            /** @description Techniques that were shown or advised. */
            technique_codes?: string[] | null;
            /**
             * Format: int64
             * @description Attendances at the training (人次: a person counts once a session).
             */
            training_attendances?: number | null;
            /**
             * Format: int64
             * @description Different persons trained (人: a person counts once).
             */
            training_persons?: number | null;
            /**
             * Format: int64
             * @description Training sessions held (场次).
             */
            training_sessions?: number | null;
            /** @description Varieties that were introduced, by name. */
            variety_names?: string[] | null;
            village_code?: components["schemas"]["DivisionCode"] | null;
        };
        /** @description A visit with its reviews and what belongs to it. */
        VisitDetail: components["schemas"]["VisitDocument"] & {
            /** @description What is worth a second look; for the office alone. */
            flags?: components["schemas"]["FlagDocument"][] | null;
            /** @description Its photos and feedback. */
            parts: components["schemas"]["PartDocument"][];
            /** @description How far its photos have come. */
            photos: components["schemas"]["PhotoDocument"][];
            /** @description Its reviews, oldest first. */
            reviews: components["schemas"]["ReviewDocument"][];
        };
        /** @description A visit. */
        VisitDocument: {
            /** @description Fields that the server does not know, as they came. */
            ext?: {
                [key: string]: unknown;
            };
            /** @description Its fields. */
            fields: components["schemas"]["Visit"];
            /** @description Its id. */
            id: components["schemas"]["RecordId"];
            /**
             * Format: int64
             * @description When it first arrived: milliseconds since 1970 UTC.
             */
            received_at: number;
            /**
             * Format: int64
             * @description Its revision.
             */
            rev: number;
            /**
             * Format: int64
             * @description When it last changed: milliseconds since 1970 UTC.
             */
            updated_at: number;
        };
        /** @description A page of visits. */
        VisitList: {
            /** @description Where to go on; absent on the last page. */
            next?: string | null;
            /** @description The visits, newest service date first. */
            visits: components["schemas"]["VisitDocument"][];
        };
        /** @description How many visits somebody should make in a period that holds the month. */
        VisitTarget: {
            /**
             * Format: int64
             * @description How many.
             */
            amount: number;
            /** @description First local day of the target's own period. */
            from: string;
            /** @description Its last local day. */
            to: string;
        };
        /** @description What still waits on the phone: the nothing-lost ledger. */
        Waiting: {
            /**
             * Format: int32
             * @description Mutations.
             */
            mutations?: number;
            /**
             * Format: int32
             * @description Of them, those that need the user's attention.
             */
            needs_attention?: number;
            /**
             * Format: int64
             * @description When the oldest was made, by the phone's clock: milliseconds since 1970 UTC.
             */
            oldest_at?: number | null;
            /**
             * Format: int64
             * @description Bytes of those photos.
             */
            photo_bytes?: number;
            /**
             * Format: int32
             * @description Photos whose bytes have not been sent.
             */
            photos?: number;
        };
        /** @description An endpoint. */
        WebhookDocument: {
            /**
             * Format: int64
             * @description When it was made: milliseconds since 1970 UTC.
             */
            created_at: number;
            /** @description What it is told; everything if there are none. */
            events: components["schemas"]["EventType"][];
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Whether it is told anything. */
            is_on: boolean;
            /** @description What the office calls it. */
            name: string;
            /** @description Why not: `office`, or `gone` if it answered 410. */
            off_because?: string | null;
            /**
             * Format: int64
             * @description Until when messages carry the signature of the secret before as well: milliseconds since 1970 UTC.
             */
            old_secret_until?: number | null;
            /**
             * Format: int64
             * @description When it was changed last.
             */
            updated_at: number;
            /** @description Where messages go. */
            url: string;
        };
        /** @description What is said of an endpoint. */
        WebhookForm: {
            /** @description What it is told; everything if there are none. */
            events?: components["schemas"]["EventType"][];
            /** @description Whether it is told anything; it is if absent. */
            is_on?: boolean;
            /** @description What the office calls it, up to 100 characters. */
            name: string;
            /**
             * @description Where messages go: `https`, or `http` into a network that the county opened (setting `webhook_networks`).
             * @example https://data.example.gov.cn/tepai
             */
            url: string;
        };
        /** @description Endpoints. */
        WebhookList: {
            /** @description The oldest first. */
            webhooks: components["schemas"]["WebhookDocument"][];
        };
        /** @description An endpoint with its secret, which is shown this once. */
        WebhookWithSecret: components["schemas"]["WebhookDocument"] & {
            /** @description What messages are signed with: `whsec_` and 32 bytes as base64. */
            secret: components["schemas"]["Secret"];
        };
        /** @description A week. */
        WeekDocument: {
            /**
             * Format: int64
             * @description Approved visits that began in it.
             */
            approved: number;
            /** @description Its Monday. */
            from: string;
            /**
             * Format: int64
             * @description Visits that began in it and wait for a review.
             */
            pending: number;
        };
        /**
         * @description What is imported.
         * @enum {string}
         */
        What: "divisions" | "roster" | "techniques" | "villages" | "aliases" | "boundaries";
        /** @description A score plan with its file. */
        WholePlan: components["schemas"]["PlanDocument"] & {
            /** @description The TOML file, as it was given. */
            text: string;
        };
        /** @description A score run and its sheets. */
        WholeRun: {
            /** @description The run. */
            run: components["schemas"]["RunDocument"];
            /** @description A sheet for each subject within reach, by subject. */
            sheets: components["schemas"]["PlacedSheet"][];
        };
        /** @description A sheet and its run. */
        WholeSheet: {
            /** @description The run. */
            run: components["schemas"]["RunDocument"];
            /** @description The sheet, with the records behind it. */
            sheet: components["schemas"]["Sheet"];
        };
        /**
         * @description Why a record changes a closed period.
         * @enum {string}
         */
        Why: "arrived_later" | "moved_in" | "moved_out" | "deleted_later" | "changed_later";
        /** @description Why a bulletin is taken back. */
        Withdrawal: {
            /** @description A sentence, up to 500 characters, that those who have read it are shown. */
            reason: string;
        };
        /** @description The same sentence or label in Chinese and English. */
        Words: {
            /** @description English. */
            en: string;
            /** @description Chinese. */
            zh: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    open_feedback_page: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the token of the link */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the question */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description no such link, or its phone has not synchronised yet */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description used, or no longer good */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description asked for too often */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
        };
    };
    give_feedback: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the token of the link */
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["GivenFeedback"];
            };
        };
        responses: {
            /** @description taken */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description no such link */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description used, or no longer good */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description nothing was chosen, or the sentence is too long */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description asked for too often */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthDocument"];
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthDocument"];
                };
            };
            /** @description busy */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_accounts: {
        parameters: {
            query?: {
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /** @description Accounts in the page: 1 to 500, 100 if absent. */
                limit?: number;
                /** @description Of one role. */
                role?: "commissioner" | "coordinator" | "auditor" | "county_officer" | "administrator";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountList"];
                };
            };
            /** @description invalid_parameter, invalid_cursor */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_account: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAccountRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedAccountDocument"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description already_exists: the login name is taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_account: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the account */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountDocument"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_account: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the account */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountDocument"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_enrolment_code: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the account */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentCodeDocument"];
                };
            };
            /** @description malformed_request: the address of the server is too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reset_password: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the account */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InitialPasswordDocument"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy: too many sign in at once */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_adoptions: {
        parameters: {
            query?: {
                /**
                 * @description A season, such as `2026-spring`, or a year with all its seasons, such as `2026`; all if absent.
                 * @example 2026
                 */
                season?: string;
                /** @description A technique, by its catalogue code. */
                technique?: string;
            };
            header?: never;
            path: {
                /** @description county, township or village code */
                division: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdoptionsDocument"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    album: {
        parameters: {
            query?: {
                /**
                 * @description Code of a village, township or county, together with a period.
                 * @example 421083100201
                 */
                division?: string;
                /**
                 * @description `2026-06`, `2026-Q2`, `2026-06-01..2026-08-15` and so on; by service date.
                 * @example 2026-06
                 */
                period?: string;
                /** @description A visit. */
                visit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
            /** @description invalid_parameter: neither or both, or more than 300 photos */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description storage_unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_assignments: {
        parameters: {
            query?: {
                /** @description Also those that are over or have not begun: the history. */
                all?: boolean;
                /**
                 * @description Of villages in this division; everything in reach if absent.
                 * @example 421083100
                 */
                division?: string;
                /**
                 * @description The local day on which they are in force; today if absent.
                 * @example 2026-06-30
                 */
                on?: string;
                /** @description Of this person. */
                person?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssignmentMatrix"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    make_assignment: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAssignmentRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssignmentDocument"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input: village, person, days, or an assignment that overlaps */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_assignment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the assignment */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AssignmentRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssignmentDocument"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input: the day, or an assignment that overlaps */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_audit: {
        parameters: {
            query?: {
                /** @description One act alone. */
                act?: components["schemas"]["Act"];
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /** @description How many links, up to 500. */
                limit?: number;
                /** @description What was done to one thing alone: an id or a code. */
                object?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                };
            };
            /** @description invalid_parameter, invalid_cursor */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    anonymise_beneficiary: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the beneficiary */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnonymiseRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnonymisedDocument"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description stale, anonymised */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_contact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the beneficiary */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ContactRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactDocument"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description anonymised */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_boundaries: {
        parameters: {
            query?: {
                /** @description `township` or `village`; what lies in the division one level below if absent. */
                level?: "county" | "township" | "village";
            };
            header?: never;
            path: {
                /** @description county or township code */
                division: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BoundaryCollection"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter: nothing of that level lies in the division */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_bulletins: {
        parameters: {
            query?: {
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /** @description How many, up to 100. */
                limit?: number;
                /** @description `scheduled`, `in_force`, `over` or `withdrawn`; all if absent. */
                state?: components["schemas"]["BulletinState"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulletinList"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter, invalid_cursor */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    issue_bulletin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBulletinDocument"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulletinWithReaders"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed: a county officer writes for anybody, a coordinator for the own township */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the township is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_bulletin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the bulletin */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulletinWithReaders"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdraw_bulletin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the bulletin */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Withdrawal"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulletinWithReaders"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed: a coordinator withdraws those of the own township */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input; illegal_transition: it is withdrawn already */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_calendar: {
        parameters: {
            query: {
                /**
                 * @description A month.
                 * @example 2026-06
                 */
                month: string;
            };
            header?: never;
            path: {
                /** @description county, township or village code */
                division: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CalendarDocument"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_closings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClosingList"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    close_period: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewClosing"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClosingDocument"];
                };
            };
            /** @description malformed_request, invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description illegal_transition: the period is not over */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_closing: {
        parameters: {
            query?: {
                /**
                 * @description The one that stood at the end of this local day; the last one if absent.
                 * @example 2026-07-05
                 */
                as_of?: string;
            };
            header?: never;
            path: {
                /** @description such as 2026-06 or 2026-Q2 */
                period: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClosedPeriodDocument"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the period was not closed by then */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_codes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodeListsDocument"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_conflicts: {
        parameters: {
            query?: {
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /**
                 * @description Code of a county, township or village; everything in reach if absent.
                 * @example 421083100
                 */
                division?: string;
                /** @description How many, up to 500. */
                limit?: number;
                /** @description `open`, `accepted` or `undone`; all if absent. */
                state?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConflictList"];
                };
            };
            /** @description invalid_parameter, invalid_cursor */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    settle_conflict: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the conflict */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConflictDecision"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settled"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description illegal_transition: it is settled; validation: the value cannot be */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_coverage: {
        parameters: {
            query: {
                /**
                 * @description `2026`, `2026-H1`, `2026-Q2`, `2026-06` or `2026-06-01..2026-08-15`.
                 * @example 2026-06
                 */
                period: string;
            };
            header?: never;
            path: {
                /** @description county, township or village code */
                division: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CoverageDocument"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_reminder: {
        parameters: {
            query: {
                /**
                 * @description `2026`, `2026-H1`, `2026-Q2`, `2026-06` or `2026-06-01..2026-08-15`.
                 * @example 2026-06
                 */
                period: string;
            };
            header?: never;
            path: {
                /** @description county, township or village code */
                division: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReminderDocument"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_dead_letters: {
        parameters: {
            query?: {
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /** @description How many, up to 500. */
                limit?: number;
                /** @description `true` for those that were settled; those that wait if absent. */
                settled?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LetterList"];
                };
            };
            /** @description invalid_parameter, invalid_cursor */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    settle_dead_letter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the refused mutation, by its id here */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LetterVerdict"];
            };
        };
        responses: {
            /** @description with the new result, which may be a refusal again */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settled"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description illegal_transition: it is settled, or a lost phone sent it; malformed_mutation; with changes, the code for which it is refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_demo_bases: {
        parameters: {
            query: {
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /**
                 * @description Code of a county, township or village; everything in reach if absent.
                 * @example 421083100
                 */
                division?: string;
                /** @description How many, up to 500. */
                limit?: number;
                /**
                 * @description The period in which visits are counted.
                 * @example 2026-06
                 */
                period: string;
                /** @description For demo bases: by the catalogue code of a technique that is shown there. */
                technique?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShowcaseList"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_demo_households: {
        parameters: {
            query: {
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /**
                 * @description Code of a county, township or village; everything in reach if absent.
                 * @example 421083100
                 */
                division?: string;
                /** @description How many, up to 500. */
                limit?: number;
                /**
                 * @description The period in which visits are counted.
                 * @example 2026-06
                 */
                period: string;
                /** @description For demo bases: by the catalogue code of a technique that is shown there. */
                technique?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShowcaseList"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_devices: {
        parameters: {
            query?: {
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /** @description Devices in the page: 1 to 500, 100 if absent. */
                limit?: number;
                /** @description Of one person. */
                person?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceList"];
                };
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    report_found: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the device */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceDocument"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description illegal_transition: it has deleted what it held */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    report_lost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the device */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceDocument"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    release_escrow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the device */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Released"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_device: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the device */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceDocument"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    enrol_device: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnrolRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolResponse"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description enrolment_code_invalid: unknown, used or out of date */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input: the name of the device */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_own_device: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceDocument"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description device_revoked */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirm_wipe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description noted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description device_revoked */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description illegal_transition: it was not reported lost */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_divisions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DivisionList"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_error_codes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorCodesDocument"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listen_at_office: {
        parameters: {
            query?: never;
            header?: {
                /** @description the id of the last event that was heard */
                "Last-Event-ID"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_export: {
        parameters: {
            query: {
                /**
                 * @description As the period stood closed at the end of this local day.
                 * @example 2026-07-05
                 */
                as_of?: string;
                /** @description `true`: of the county, as the period was closed last, whatever came later; its codes are named in Chinese. */
                closed?: boolean;
                /** @description `xlsx`, `csv`, `json`, `geojson` or `html`. */
                format: components["schemas"]["Format"];
                /** @description `zh` or `en`; Chinese if absent. */
                lang?: components["schemas"]["Language"];
                /**
                 * @description `2026`, `2026-H1`, `2026-Q2`, `2026-06` or `2026-06-01..2026-08-15`; by service date.
                 * @example 2026-06
                 */
                period: string;
                /** @description Of CSV: `summary`, `people`, `visits`, `adoptions`, `overdue` or `definitions`; `summary` if absent. */
                table?: string;
            };
            header?: never;
            path: {
                /** @description code of a county, township or village */
                division: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the file, by its format */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    fill_template: {
        parameters: {
            query: {
                /** @description `zh` or `en`; Chinese if absent. */
                lang?: components["schemas"]["Language"];
                /**
                 * @description The period, by service date.
                 * @example 2026-06
                 */
                period: string;
            };
            header?: never;
            path: {
                /** @description code of a county, township or village */
                division: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["TemplateForm"];
            };
        };
        responses: {
            /** @description the workbook, filled in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description malformed_request, invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description body_too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input: what is wrong with the workbook, and where */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_flags: {
        parameters: {
            query?: {
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /**
                 * @description Code of a county, township or village; everything in reach if absent.
                 * @example 421083100
                 */
                division?: string;
                /** @description A kind of flag; any if absent. */
                kind?: components["schemas"]["FlagKind"];
                /** @description How many visits, up to 200. */
                limit?: number;
                /**
                 * @description `2026`, `2026-H1`, `2026-Q2`, `2026-06`, `2026-06-01` or `2026-06-01..2026-08-15`; by service date.
                 * @example 2026-06
                 */
                period?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlaggedList"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter, invalid_cursor */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_follow_ups: {
        parameters: {
            query?: {
                /** @description A commissioner: what this person found, and what is open in this person's villages. */
                commissioner?: string;
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /**
                 * @description Code of a county, township or village; everything in reach if absent.
                 * @example 421083100
                 */
                division?: string;
                /** @description How many, up to 500. */
                limit?: number;
                /** @description `open` (still has time), `overdue` or `closed`; all if absent. */
                state?: components["schemas"]["FollowUpState"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FollowUpList"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter, invalid_cursor */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    hand_over: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HandOverRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImpactDocument"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    preview_hand_over: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HandOverRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImpactDocument"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    import_table: {
        parameters: {
            query?: {
                /** @description Of boundaries: `wgs84`, `gcj02`, `bd09` or `cgcs2000`; mandatory, because none can be told from the numbers. */
                datum?: string;
                /** @description Whether to do everything and keep nothing. */
                dry_run?: boolean;
            };
            header?: never;
            path: {
                /** @description What the table holds. */
                what: "divisions" | "roster" | "techniques" | "villages" | "aliases" | "boundaries";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["ImportForm"];
            };
        };
        responses: {
            /** @description Also where some rows, or all, were rejected. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportReport"];
                };
            };
            /** @description malformed_request, invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description body_too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input: the file cannot be read, or lacks columns */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_local_experts: {
        parameters: {
            query: {
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /**
                 * @description Code of a county, township or village; everything in reach if absent.
                 * @example 421083100
                 */
                division?: string;
                /** @description How many, up to 500. */
                limit?: number;
                /**
                 * @description The period in which visits are counted.
                 * @example 2026-06
                 */
                period: string;
                /** @description For demo bases: by the catalogue code of a technique that is shown there. */
                technique?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShowcaseList"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_measures: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeasureDocument"][];
                };
            };
        };
    };
    get_overview: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description county, township or village code */
                division: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OverviewDocument"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_people: {
        parameters: {
            query?: {
                /**
                 * @description Who serves, or once served, in this division; everybody in reach if absent.
                 * @example 421083100
                 */
                division?: string;
                /** @description Those alone who serve there today and whose phones have not synchronised for three days, or who have none. */
                silent?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeopleDocument"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    photo: {
        parameters: {
            query?: never;
            header?: {
                /** @description one range of bytes */
                Range?: string | null;
            };
            path: {
                /** @description the photo's record */
                id: string;
                /** @description 320, 1280 or original */
                size: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": string;
                };
            };
            /** @description the bytes of the range */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed: the original */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found, photo_not_here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description photo_removed */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description no such range */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description photo_unreadable */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description photo_not_prepared, storage_unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    thumbnail: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the photo's record */
                id: string;
            };
            cookie?: never;
        };
        /** @description 65,536 bytes at the most, 640 × 640 pixels */
        requestBody: {
            content: {
                "image/jpeg": string;
            };
        };
        responses: {
            /** @description kept, or the photo has come already */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description device_revoked, device_wipe */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description photo_too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description photo_type, photo_type_differs, photo_is_heic */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description photo_holds_more, photo_too_many_pixels, photo_unreadable */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy, storage_unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_records: {
        parameters: {
            query?: {
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /** @description Code of a county, township or village; everything in reach if absent. */
                division?: string;
                /** @description How many, up to 500. */
                limit?: number;
                /** @description For kinds with a date: by that date. */
                period?: string;
                /** @description For kinds with a technique: by its catalogue code. */
                technique?: string;
            };
            header?: never;
            path: {
                /** @description the kind of records */
                kind: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordList"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: no such kind, or a division outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_reports: {
        parameters: {
            query?: {
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /** @description How many, up to 500. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportList"];
                };
            };
            /** @description invalid_parameter, invalid_cursor */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description as it is printed on the report, such as 421083-2026-0007 */
                number: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the file, by its format */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: no such report within your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_queue: {
        parameters: {
            query?: {
                /** @description Made by this commissioner. */
                commissioner?: string;
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /**
                 * @description Code of a county, township or village; everything in reach if absent.
                 * @example 421083100
                 */
                division?: string;
                /** @description How many, up to 50; 20 if absent. */
                limit?: number;
                /** @description `2026`, `2026-H1`, `2026-Q2`, `2026-06`, `2026-06-01` or `2026-06-01..2026-08-15`; by service date. Any if absent. */
                period?: string;
                /** @description Review states, joined by commas; `submitted,township_passed` if absent. */
                state?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueDocument"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter, invalid_cursor */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approve_visits: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApproveRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApproveResponse"];
                };
            };
            /** @description malformed_request, invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_score_plans: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanList"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_score_plan: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPlan"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholePlan"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description already_exists: the version is there with another text */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input: what is wrong with the file */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_score_plan: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description such as wujin-2012 */
                code: string;
                /** @description such as 1 */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholePlan"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_score_runs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunList"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    begin_score_run: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRun"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunDocument"];
                };
            };
            /** @description malformed_request, invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: there is no such plan */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_score_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeRun"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    freeze_score_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the run */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Freeze"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunDocument"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description stale, run_frozen, scores_missing */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_score_sheet: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the run */
                id: string;
                /** @description the id of an account, or the code of a division */
                subject: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeSheet"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: no such sheet within your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    write_score_sheet: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the run */
                id: string;
                /** @description the id of an account, or the code of a division */
                subject: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEntries"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeSheet"];
                };
            };
            /** @description malformed_request, invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed: not your column, or not your sheet */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: no such sheet within your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description run_frozen */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input: unknown_code, measure_from_records, out_of_range, required */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionDocument"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedInDocument"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description wrong_credentials */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description account_locked */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy: too many sign in at once */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description signed out */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordRequest"];
            };
        };
        responses: {
            /** @description changed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in, wrong_credentials */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description account_locked */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description weak_password */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy: too many sign in at once */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingList"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_setting: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a name of the list of settings, such as overdue_days */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewValue"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingDocument"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed, password_change_required */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found, with the name that was probably meant */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_summary: {
        parameters: {
            query: {
                /** @description Rows by township, village, month, industry, technique, commissioner, mode, `chain_stage` or `service_mode`. */
                by?: string;
                /** @description Only visits of this chain stage; adoptions and bases have no figures then. */
                chain_stage?: string;
                /** @description Only what this commissioner did, alone or with others. */
                commissioner?: string;
                /** @description Only this industry. */
                industry?: string;
                /** @description Only visits of this form, such as `household`; adoptions and bases have no figures then. */
                mode?: string;
                /**
                 * @description `2026`, `2026-H1`, `2026-Q2`, `2026-06`, `2026-06-01` or `2026-06-01..2026-08-15`; by service date.
                 * @example 2026-Q2
                 */
                period: string;
                /** @description Only `free` or only `paid` visits; adoptions and bases have no figures then. */
                service_mode?: string;
                /** @description Only this technique, by its catalogue code. */
                technique?: string;
            };
            header?: never;
            path: {
                /** @description county, township or village code */
                division: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SummaryDocument"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sync: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SyncRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SyncResponse"];
                };
            };
            /** @description malformed_request, invalid_cursor */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description device_revoked, device_wipe */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description device_forked */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description body_too_large, too_many_mutations */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description protocol_unsupported */
            426: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listen: {
        parameters: {
            query?: never;
            header?: {
                /** @description the id of the last event that was heard */
                "Last-Event-ID"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description device_revoked, device_wipe */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_connections */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    hello: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HelloResponse"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description device_revoked */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_targets: {
        parameters: {
            query: {
                /**
                 * @description Targets whose own period meets this one: `2026`, `2026-H1`, `2026-Q2`, `2026-06`, or `2026-06-01..2026-08-15`.
                 * @example 2026
                 */
                period: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TargetList"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_targets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTargets"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TargetsSet"];
                };
            };
            /** @description malformed_request, invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: a subject is not of the county */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_training_sessions: {
        parameters: {
            query: {
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /**
                 * @description Code of a county, township or village; everything in reach if absent.
                 * @example 421083100
                 */
                division?: string;
                /** @description How many, up to 500. */
                limit?: number;
                /**
                 * @description Held in this period.
                 * @example 2026-06
                 */
                period: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainingList"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter, invalid_cursor */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    begin: {
        parameters: {
            query?: never;
            header: {
                /** @description bytes of the photo */
                "Upload-Length": number;
                /** @description sha256 and filetype, each as base64 */
                "Upload-Metadata": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Location, Upload-Offset, Upload-Expires */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description device_revoked, device_wipe */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description photo_removed */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description tus_version */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description photo_too_large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description photo_type, photo_is_heic */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description photo_hash_differs, photo_holds_more, photo_too_many_pixels, photo_unreadable */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_in_use */
            423: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_uploads */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description checksum_differs */
            460: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy, storage_unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    discover: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the upload */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadStanding"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_expired */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put: {
        parameters: {
            query: {
                /** @description where these bytes begin: where the upload stands */
                offset: number;
            };
            header?: {
                /** @description sha1 or sha256 of this body, as base64 */
                "Upload-Checksum"?: string | null;
            };
            path: {
                /** @description the upload */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadStanding"];
                };
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_offset */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_expired */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_too_long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description photo_hash_differs, photo_holds_more, photo_too_many_pixels, photo_unreadable */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_in_use */
            423: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description checksum_differs */
            460: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy, storage_unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    overridden: {
        parameters: {
            query?: never;
            header?: {
                /** @description PATCH, HEAD or DELETE */
                "X-HTTP-Method-Override"?: string | null;
            };
            path: {
                /** @description the upload */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadStanding"];
                };
            };
            /** @description as PATCH or DELETE */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter, malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description method_not_allowed */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_offset */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_expired */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description photo_too_large, upload_too_long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description photo_hash_differs, photo_holds_more, photo_too_many_pixels, photo_unreadable */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_in_use */
            423: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description checksum_differs */
            460: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy, storage_unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    terminate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the upload */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description given up */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_expired */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_in_use */
            423: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    progress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the upload */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Upload-Offset, Upload-Length, Upload-Metadata, Upload-Expires */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description upload_expired */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    append: {
        parameters: {
            query?: never;
            header: {
                /** @description sha1 or sha256 of this body, as base64 */
                "Upload-Checksum"?: string | null;
                /** @description where these bytes begin */
                "Upload-Offset": number;
            };
            path: {
                /** @description the upload */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/offset+octet-stream": string;
            };
        };
        responses: {
            /** @description Upload-Offset, Upload-Expires */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_offset */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_expired */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_too_long */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type, photo_type, photo_type_differs, photo_is_heic */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description photo_hash_differs, photo_holds_more, photo_too_many_pixels, photo_unreadable */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description upload_in_use */
            423: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description checksum_differs */
            460: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description busy, storage_unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_visits: {
        parameters: {
            query?: {
                /** @description A beneficiary. */
                beneficiary?: string;
                /** @description A chain stage, such as `production`. */
                chain_stage?: string;
                /** @description A commissioner, alone or with others. */
                commissioner?: string;
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /**
                 * @description Code of a county, township or village; everything in reach if absent.
                 * @example 421083100
                 */
                division?: string;
                /** @description An industry, such as `aquaculture`. */
                industry?: string;
                /** @description How many, up to 500. */
                limit?: number;
                /** @description A form of visit, such as `household`. */
                mode?: string;
                /**
                 * @description `2026`, `2026-H1`, `2026-Q2`, `2026-06`, `2026-06-01` or `2026-06-01..2026-08-15`; by service date.
                 * @example 2026-Q2
                 */
                period?: string;
                /** @description `free` or `paid`. */
                service_mode?: string;
                /**
                 * @description Review states, joined by commas: submitted, `township_passed`, approved, returned, `not_recognised`, withdrawn.
                 * @example submitted,township_passed
                 */
                state?: string;
                /** @description A technique, by its catalogue code. */
                technique?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitList"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description invalid_parameter, invalid_cursor */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: the division is outside your reach */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_visit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the visit */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitDetail"];
                };
            };
            /** @description unchanged since the ETag */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    register_feedback_link: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the visit */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PhoneLink"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PhoneLinkDocument"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description already_exists: the token is another visit's */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_links */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    make_feedback_link: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the visit */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedbackLinkDocument"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_links */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    review_visit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the visit */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReviewRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReviewResponse"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description stale */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input, illegal_transition */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_webhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookList"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    make_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookForm"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input, with address_refused for an address in a network that is not open */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the endpoint */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDocument"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the endpoint */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookForm"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDocument"];
                };
            };
            /** @description malformed_request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the endpoint */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description it is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_webhook_deliveries: {
        parameters: {
            query?: {
                /** @description Where to go on, as the page before said. */
                cursor?: string;
                /** @description How many, up to 200. */
                limit?: number;
                /** @description `waiting`, `delivered` or `failed`; all if absent. */
                state?: string;
            };
            header?: never;
            path: {
                /** @description the endpoint */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryList"];
                };
            };
            /** @description invalid_parameter, invalid_cursor */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replay_webhook_delivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the message */
                delivery: string;
                /** @description the endpoint */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryDocument"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ping_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the endpoint */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryDocument"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_webhook_secret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the endpoint */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            /** @description not_signed_in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
