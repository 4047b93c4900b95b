//! The rows of commissioners, teams and assignments: writing them twice changes nothing the second time.

use tepai_app::AppError;
use tepai_app::identity::accounts::{self, Manager, NewAccount};
use tepai_domain::actor::Role;
use tepai_store::commissioners::{
    Assignment, Commissioner, Team, TeamMember, end_assignment, find_commissioner,
    find_commissioners, find_team, list_assignments_in, list_assignments_of, list_commissioners,
    list_members, list_teams, remove_member, set_member, upsert_assignment, upsert_commissioner,
    upsert_team,
};
use tepai_store::{Store, StoreError, WriteTxn};
use tepai_sync_protocol::ids::PersonId;
use tepai_tests::world::{COUNTY, code, date, villages};
use tepai_tests::{World, on_both_databases};
use uuid::Uuid;

on_both_databases!(
    a_commissioner_is_found_again_by_the_staff_number,
    a_team_is_found_again_by_its_number,
    an_assignment_is_found_again_by_village_person_and_first_day,
);

async fn write<T: Send>(
    store: &Store,
    work: impl for<'t> AsyncFnOnce(&'t WriteTxn) -> Result<T, StoreError> + Clone + Send,
) -> T {
    store.write(work).await.unwrap()
}

async fn person(world: &World) -> PersonId {
    let new = NewAccount {
        county: code(COUNTY),
        login: "kj001".to_owned(),
        display_name: "陈".to_owned(),
        role: Role::Commissioner,
        township: None,
        password: None,
    };
    accounts::create(&world.app, &Manager::Operator, new)
        .await
        .unwrap()
        .account
        .person
}

fn chen(person: PersonId) -> Commissioner {
    Commissioner {
        person,
        county: code(COUNTY),
        staff_no: "001".to_owned(),
        kind: "person".to_owned(),
        dispatch_unit: None,
        title: Some("农艺师".to_owned()),
        specialty: None,
        industries: vec!["vegetable".to_owned()],
        service_mode: None,
        term_from: Some(date("2026-01-01")),
        term_to: None,
    }
}

async fn a_commissioner_is_found_again_by_the_staff_number(world: World) {
    let store = &world.app.store;
    let person = person(&world).await;
    let (first, county) = (chen(person), &code(COUNTY));
    let ended = Commissioner {
        term_to: Some(date("2026-12-31")),
        ..first.clone()
    };
    let other_account = Commissioner {
        person: PersonId(Uuid::from_u128(7)),
        ..ended.clone()
    };
    let rows = [
        (&first, true),
        (&first, false),
        (&ended, true),
        (&other_account, false),
    ];
    for (row, changes) in rows {
        let changed = write(store, async move |txn| upsert_commissioner(txn, row).await).await;
        assert_eq!(changed, changes);
    }
    let numbers = ["001".to_owned(), "002".to_owned()];
    let read = store.read(async |txn| {
        let found = find_commissioner(txn, person).await?.unwrap();
        assert_eq!(
            (found.display_name.as_str(), &found.commissioner),
            ("陈", &ended)
        );
        let by_number = find_commissioners(txn, county, &numbers).await?;
        assert_eq!(by_number, std::slice::from_ref(&found));
        assert_eq!(list_commissioners(txn, county).await?, [found]);
        Ok::<_, AppError>(())
    });
    read.await.unwrap();
}

async fn a_team_is_found_again_by_its_number(world: World) {
    let store = &world.app.store;
    let person = person(&world).await;
    let county = &code(COUNTY);
    let team = Team {
        id: Uuid::from_u128(1),
        county: county.clone(),
        team_no: "T1".to_owned(),
        name: "一团".to_owned(),
    };
    let renamed = Team {
        id: Uuid::from_u128(2),
        name: "二团".to_owned(),
        ..team.clone()
    };
    for (row, changes) in [(&team, true), (&team, false), (&renamed, true)] {
        let changed = write(store, async move |txn| upsert_team(txn, row).await).await;
        assert_eq!(changed, changes);
    }
    let member = TeamMember {
        team: team.id,
        person,
        is_leader: false,
    };
    let leader = TeamMember {
        is_leader: true,
        ..member
    };
    for (row, changes) in [(member, true), (member, false), (leader, true)] {
        let changed = write(store, async move |txn| set_member(txn, row).await).await;
        assert_eq!(changed, changes);
    }
    let read = store.read(async |txn| {
        let found = find_team(txn, county, "T1").await?.unwrap();
        assert_eq!((found.id, found.name.as_str()), (team.id, "二团"));
        assert_eq!(list_teams(txn, county).await?, [found]);
        assert_eq!(list_members(txn, county).await?, [leader]);
        Ok::<_, AppError>(())
    });
    read.await.unwrap();
    let team = team.id;
    for changes in [true, false] {
        let removed = write(store, async move |txn| {
            remove_member(txn, team, person).await
        })
        .await;
        assert_eq!(removed, changes);
    }
}

async fn an_assignment_is_found_again_by_village_person_and_first_day(world: World) {
    let store = &world.app.store;
    let person = person(&world).await;
    let county = &code(COUNTY);
    let open = Assignment {
        id: Uuid::from_u128(3),
        county: county.clone(),
        village: villages()[0].clone(),
        person,
        from_on: date("2026-01-01"),
        to_on: None,
    };
    let until = Assignment {
        id: Uuid::from_u128(4),
        to_on: Some(date("2026-06-30")),
        ..open.clone()
    };
    for (row, changes) in [(&open, true), (&open, false), (&until, true), (&open, true)] {
        let changed = write(store, async move |txn| upsert_assignment(txn, row).await).await;
        assert_eq!(changed, changes);
    }
    let (id, day) = (open.id, date("2026-07-31"));
    for changes in [true, false] {
        let ended = write(store, async move |txn| {
            end_assignment(txn, county, id, Some(day)).await
        })
        .await;
        assert_eq!(ended, changes);
    }
    let expected = Assignment {
        to_on: Some(day),
        ..open
    };
    let read = store.read(async |txn| {
        let own = list_assignments_of(txn, person).await?;
        assert_eq!(own, [expected]);
        assert_eq!(list_assignments_in(txn, county).await?, own);
        Ok::<_, AppError>(())
    });
    read.await.unwrap();
}
