use super::places::LOOKED_THROUGH;
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
    list.get_mut(7).unwrap().0 = "renamed";
    for _ in 0..3 * LOOKED_THROUGH {
        assert_eq!(called(&list, "thing 7"), []);
        assert_eq!(called(&list, "renamed").len(), 1);
    }
    for at in 0..list.len() {
        list.get_mut(at).unwrap().1 = "other";
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

#[test]
fn a_copy_holds_what_was_changed_in_it_and_nothing_else() {
    let names: Vec<&'static str> = names().into_iter().map(|name| &*name.leak()).collect();
    let list: Listed<Thing> = names.iter().map(|name| Thing(name, "any")).collect();
    for _ in 0..2 * LOOKED_THROUGH {
        called(&list, "thing 7");
    }
    let steps = work::steps_of(|| {
        let mut copy = list.clone();
        copy.get_mut(7).unwrap().0 = "renamed";
        copy.push(Thing("one more", "any"));
        let mut again = copy.clone();
        again.get_mut(100).unwrap().0 = "another";
        assert_eq!(copy.may_differ(&list), [7, 100]);
        assert_eq!(list.may_differ(&again), [7, 100]);
        assert!(list.may_differ(&list.clone()).is_empty());
        assert_eq!((called(&copy, "thing 7").len(), called(&copy, "renamed").len()), (0, 1));
        assert_eq!((called(&copy, "one more").len(), called(&again, "another").len()), (1, 1));
        assert_eq!(copy.maybe_called_either("renamed", "one more"), [&copy[7], &copy[100]]);
        assert_eq!((copy.pop(), copy.len()), (Some(Thing("one more", "any")), 100));
    });
    assert!(steps < 20, "{steps}");
    // What it was made of is as it was, and both are gone through in order.
    assert_eq!((called(&list, "thing 7").len(), list.len()), (1, 100));
    let mut copy = list.clone();
    copy.get_mut(0).unwrap().0 = "first";
    copy.push(Thing("last", "any"));
    let all: Vec<&str> = copy.iter().map(|thing| thing.0).collect();
    assert_eq!((all.len(), all[0], all[1], all[100]), (101, "first", "thing 1", "last"));
    assert_eq!(copy.iter().rev().map(|thing| thing.0).next(), Some("last"));
    assert_eq!(copy.pop().map(|thing| thing.0), Some("last"));
    assert_eq!(copy.pop().map(|thing| thing.0), Some("thing 99"));
    assert_eq!((copy.len(), copy[0].0, list.len()), (99, "first", 100));
}
