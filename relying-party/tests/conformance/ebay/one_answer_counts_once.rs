//! Hole 7: nothing remembered a challenge, so that an answer could be sent again for five minutes; and the secret behind
//! `serverData` was a constant in the source.

use crate::answer::{AUTH, PAY, REG};
use crate::case::case;
use crate::edit::meanwhile;

#[test]
fn an_answer_sent_again_at_once_is_refused() {
    for op in [REG, AUTH, PAY] {
        let sent = meanwhile(|situation| {
            assert_eq!(situation.world.respond(&situation.answer(&[])).0, 1200);
        });
        let words = "challenge: already used";
        super::closed(&[case("ebay-7-replay", "UAF §3.4.6.5 3", op, sent, 1491, words)]);
    }
}

#[test]
fn two_servers_do_not_share_the_key_of_server_data() {
    for op in [REG, AUTH, PAY] {
        let of_another = meanwhile(|situation| {
            let context = situation.ceremony.permit(&situation.world, "alice");
            let other = situation.world.beside("stamps");
            situation.request = other.request(situation.ceremony.op(), &context);
        });
        let words = "header.serverData: not authentic";
        super::closed(&[case(
            "ebay-7-server-key",
            "UAF §3.4.6.5 2",
            op,
            of_another,
            1491,
            words,
        )]);
    }
}
