use super::*;

#[derive(Clone, Debug, PartialEq)]
struct Thing(&'static str, &'static str);

impl Named for Thing {
    fn each_name<'n>(&'n self, add: &mut dyn FnMut(&'n str)) {
        add(self.0);
        add(self.1);
    }
}

fn called(list: &Listed<Thing>, name: &str) -> Vec<Thing> {
    list.maybe_called(name).filter(|thing| thing.0 == name || thing.1 == name).cloned().collect()
}

fn names() -> Vec<String> {
    (0..100).map(|at| format!("thing {at}")).collect()
}

#[test]
fn what_is_called_something_is_found_before_and_after_its_names_are_gathered() {
    let names: Vec<&'static str> = names().into_iter().map(|name| &*name.leak()).collect();
    let mut list: Listed<Thing> = names.iter().map(|name| Thing(name, "any")).collect();
    for _ in 0..3 * LOOKED_THROUGH {
        assert_eq!(called(&list, "thing 7"), [Thing(names[7], "any")]);
        assert_eq!(called(&list, "any").len(), 100);
        assert_eq!(called(&list, "none"), []);
    }
    // A change is seen, also where it leaves the length as it was.
    list[7].0 = "renamed";
    for _ in 0..3 * LOOKED_THROUGH {
        assert_eq!(called(&list, "thing 7"), []);
        assert_eq!(called(&list, "renamed").len(), 1);
    }
    for thing in &mut list {
        thing.1 = "other";
    }
    assert_eq!(called(&list, "any"), []);
    assert_eq!(called(&list, "other").len(), 100);
    list.push(Thing("renamed", "one more"));
    assert_eq!(called(&list, "renamed").len(), 2);
    assert_eq!(called(&list.clone(), "renamed").len(), 2);
}

#[test]
fn many_look_ups_go_through_the_list_a_few_times() {
    let names: Vec<&'static str> = names().into_iter().map(|name| &*name.leak()).collect();
    let list: Listed<Thing> = names.iter().map(|name| Thing(name, name)).collect();
    let steps = work::steps_of(|| {
        for name in names.iter().cycle().take(10_000) {
            assert_eq!(called(&list, name).len(), 1);
        }
    });
    let gathered = u64::from(LOOKED_THROUGH) * 100 + 100;
    assert!(steps <= gathered + 10_000, "{steps}");
}
