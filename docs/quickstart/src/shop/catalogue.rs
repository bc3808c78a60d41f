//! What is for sale.

use serde::Serialize;

/// Most stamps of one kind in an order.
pub const MAX_QUANTITY: u64 = 9;

/// Who is paid.
pub const PAYEE: &str = "Stamp Shop Hannover";

/// One kind of stamp.
#[derive(Debug, Serialize)]
pub struct Item {
    /// Its name in orders; the page has a picture and words for it.
    pub id: &'static str,
    /// What one costs, in minor units.
    pub amount: u64,
    /// ISO 4217.
    pub currency: &'static str,
}

/// Everything that is for sale, in the order of the page.
pub const ITEMS: &[Item] = &[
    Item {
        id: "fair-1948",
        amount: 2_000,
        currency: "EUR",
    },
    Item {
        id: "leibniz-1703",
        amount: 170,
        currency: "EUR",
    },
    Item {
        id: "arc-2015",
        amount: 145,
        currency: "EUR",
    },
];

/// The item of that name.
pub fn find(id: &str) -> Option<&'static Item> {
    ITEMS.iter().find(|item| item.id == id)
}
