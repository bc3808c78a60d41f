//! Orders: what was asked for, by whom, and which payment belongs to it.

use std::collections::VecDeque;

use smile_relying_party::entropy::{self, SystemEntropy};

use super::refusal::{ShopRefusal, ShopRefusalCode};

/// Most orders that are remembered; the oldest goes first.
const REMEMBERED_MAX: usize = 10_000;

/// One order.
#[derive(Debug, Clone)]
pub struct Order {
    /// `S-…`
    pub id: String,
    /// Whose.
    pub user: String,
    /// Which stamp.
    pub item: &'static str,
    /// How many.
    pub quantity: u64,
    /// The provider's payment, `pi_…`.
    pub payment: String,
    /// The text that the buyer has to be shown; the receipt must tell of it.
    pub text: String,
}

/// All orders since the shop began.
#[derive(Default)]
pub struct Orders(VecDeque<Order>);

impl Orders {
    /// A name that no order has: the buyer reads it on their device, so it is short. It need not be hard to guess,
    /// because an order is shown to its buyer alone.
    pub fn new_name(&self) -> String {
        loop {
            let name = format!("S-{}", hex::encode_upper(entropy::bytes::<4>(&SystemEntropy)));
            if !self.0.iter().any(|order| order.id == name) {
                return name;
            }
        }
    }

    /// Keeps an order.
    pub fn add(&mut self, order: Order) {
        if self.0.len() == REMEMBERED_MAX {
            self.0.pop_front();
        }
        self.0.push_back(order);
    }

    /// The order, if it is this buyer's.
    pub fn of(&self, user: Option<&str>, id: &str) -> Result<Order, ShopRefusal> {
        let found = self
            .0
            .iter()
            .find(|order| order.id == id && Some(order.user.as_str()) == user);
        found.cloned().ok_or_else(|| {
            ShopRefusal::new(
                ShopRefusalCode::OrderUnknown,
                "this browser has no order of that name",
            )
        })
    }
}
