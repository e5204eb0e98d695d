//! What holds after any history of changes.

use podweave_core::change::{Delivered, Follow, Latest, State};
use proptest::prelude::*;

use crate::world::{ALL, World, decided, running};

fn any_world() -> impl Strategy<Value = World> {
    let value = || 1..3u8;
    let values = (value(), value(), value(), value(), value(), value());
    (values, any::<bool>(), any::<bool>()).prop_map(
        |((port, text, node, pod, unread, plugin), plugin_in_port, plugin_in_text)| World {
            port,
            text,
            node,
            pod,
            unread,
            plugin,
            plugin_in_port,
            plugin_in_text,
        },
    )
}

fn any_follow() -> impl Strategy<Value = Follow> {
    prop::sample::select(ALL.to_vec())
}

proptest! {
    #[test]
    fn a_swap_has_a_cause_and_the_pods_consent(
        started in any_world(), in_place in any_world(), latest in any_world(), follow in any_follow(), is_held in any::<bool>(),
    ) {
        let (started_with, given, newest) = (started.render(), in_place.render(), latest.render());
        let decision = decided(&running(&started_with, &given), &Latest::Rendered(&newest), follow, is_held);
        if decision.swap {
            let is_caused = in_place.port != latest.port || in_place.text != latest.text || in_place.node != latest.node;
            prop_assert!(is_caused);
            prop_assert_ne!(given.outline.files(), newest.outline.files());
            let is_fixed_same = started_with.outline.fixed() == newest.outline.fixed();
            prop_assert!(follow == Follow::Files || (follow == Follow::Together && is_fixed_same));
            prop_assert!(!is_held || decision.causes.iter().all(|cause| cause.config_map().is_none()));
            // Once it is done, there is nothing more to do.
            let again = decided(&running(&started_with, &newest), &Latest::Rendered(&newest), follow, is_held);
            prop_assert!(!again.swap);
            if is_fixed_same {
                prop_assert_eq!(again.state, State::Current);
            }
        }
        for cause in &decision.causes {
            let of = |delivered: &Delivered| delivered.sources.0[cause];
            prop_assert!(of(&newest) != of(&started_with) || of(&newest) != of(&given));
        }
    }

    #[test]
    fn an_equal_result_is_always_current(world in any_world(), follow in any_follow(), is_held in any::<bool>(), unread in 1..3u8) {
        let (given, latest) = (world.render(), World { unread, ..world }.render());
        let decision = decided(&running(&given, &given), &Latest::Rendered(&latest), follow, is_held);
        prop_assert_eq!((decision.state, decision.swap), (State::Current, false));
    }

    #[test]
    fn an_upgrade_alone_never_moves_anything(world in any_world(), other in any_world(), follow in any_follow()) {
        let upgraded = World { port: world.port, text: world.text, node: world.node, ..other };
        let (given, latest) = (world.render(), upgraded.render());
        let decision = decided(&running(&given, &given), &Latest::Rendered(&latest), follow, false);
        prop_assert!(!decision.swap && decision.causes.is_empty());
        prop_assert!(matches!(decision.state, State::Current | State::Outdated));
    }

    /// With `together`, variables and files are of one render after any history of changes.
    #[test]
    fn together_never_shows_two_renders(worlds in prop::collection::vec(any_world(), 1..12)) {
        let started = worlds[0].render();
        let mut in_place = started.clone();
        for world in &worlds[1..] {
            let latest = world.render();
            if decided(&running(&started, &in_place), &Latest::Rendered(&latest), Follow::Together, false).swap {
                in_place = latest;
            }
            prop_assert_eq!(in_place.outline.fixed(), started.outline.fixed());
        }
    }
}
