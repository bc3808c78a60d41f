//! What the run leaves for its reader: one page and the same facts as JSON.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::QuickstartError;
use crate::messages;
use crate::stage::at;
use crate::steps::{Step, Steps};
use crate::story::{Bought, MUST_FAIL};
use crate::time_to_pay::TimeToPay;

/// The report of one run.
pub struct Report<'a> {
    steps: &'a [Step],
    end: End<'a>,
}

/// How the run ended.
enum End<'a> {
    /// Every step came out as it should.
    Bought(&'a Bought, &'a TimeToPay),
    /// A step did not, or something was missing.
    Stopped(&'a QuickstartError),
}

impl<'a> Report<'a> {
    /// A report on `steps` and the purchase among them, and how long more of its kind took.
    pub fn new(steps: &'a Steps, bought: &'a Bought, time_to_pay: &'a TimeToPay) -> Self {
        Self {
            steps: steps.all(),
            end: End::Bought(bought, time_to_pay),
        }
    }

    /// A report on the `steps` that were done when `error` stopped the run.
    pub fn of_stopped(steps: &'a Steps, error: &'a QuickstartError) -> Self {
        Self {
            steps: steps.all(),
            end: End::Stopped(error),
        }
    }

    /// Writes `report.json` and `report.html` into the run's folder; returns the path of the page.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, QuickstartError> {
        let mut facts = json!({
            "bytes_left_device": self.bytes(),
            "liveness": "none: a photo of the buyer would pass",
            "steps": self.steps,
        });
        match &self.end {
            End::Bought(bought, time_to_pay) => {
                facts["time_to_pay"] = json!({
                    "n": time_to_pay.count(),
                    "p50_ms": time_to_pay.percentile(50),
                    "p95_ms": time_to_pay.percentile(95),
                    "from": "the tap on the agent's page",
                    "to": "the provider's answer that the payment succeeded",
                    "without": "a person's reading, a camera's opening and pace, a browser's drawing, a network",
                });
                facts["payment"] = json!(bought.payment.id);
                facts["text"] = json!(bought.payment.text);
                facts["receipt_bytes"] = json!(bought.receipt.len());
            }
            End::Stopped(error) => facts["stopped"] = json!(error.to_string()),
        }
        let (json, html) = (folder.join("report.json"), folder.join("report.html"));
        std::fs::write(&json, format!("{facts:#}\n")).map_err(at(&json))?;
        std::fs::write(&html, self.page()).map_err(at(&html))?;
        Ok(html)
    }

    fn bytes(&self) -> u64 {
        self.steps.iter().map(|step| step.bytes_left_device).sum()
    }

    fn page(&self) -> String {
        let mut rows = String::new();
        let mut chapter = "";
        for step in self.steps {
            if step.chapter != chapter {
                chapter = &step.chapter;
                writeln!(rows, "<tr><th colspan=4>{}</th></tr>", escaped(chapter))
                    .expect("writing into a String cannot fail");
            }
            writeln!(
                rows,
                "<tr><td>{}</td><td class=n>{:.1}</td><td class=n>{}</td><td>✓ {}</td></tr>",
                escaped(&step.what),
                step.millis,
                step.bytes_left_device,
                escaped(&step.outcome)
            )
            .expect("writing into a String cannot fail");
        }
        format!(
            "<!doctype html>\n<html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\n\
             <title>Smile: a stamp bought with a smile</title>\n\
             <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}\
             table{{border-collapse:collapse;width:100%}}td,th{{text-align:left;padding:.3rem .6rem;\
             border-bottom:1px solid #ccc;overflow-wrap:anywhere}}.n{{text-align:right;white-space:nowrap}}</style>\n\
             {}<p>Server log: <a href=server.log>server.log</a>; the same facts: \
             <a href=report.json>report.json</a>.</p>\n<p>Request bodies that left the device, all steps: \
             {} bytes. Liveness: none yet; a photo of the buyer would pass.</p>\n\
             <table><tr><th>Step</th><th>ms</th><th>bytes sent</th><th>Outcome</th></tr>\n{rows}</table></html>\n",
            self.ending(),
            self.bytes(),
        )
    }

    /// The page's title and what it is about.
    fn ending(&self) -> String {
        match &self.end {
            End::Bought(bought, time_to_pay) => format!(
                "<h1>A stamp, bought with a smile</h1>\n<p>Every step came out as it should; what stands under \
                 <q>{MUST_FAIL}</q> had to fail, and did.</p>\n<p>The buyer read and signed: <q>{}</q> Receipt: \
                 <a href=receipt.cose>receipt.cose</a> ({} bytes, COSE_Sign1), its key: receipt-keys.cose. What was sent and \
                 signed: <a href={}/>{}</a>, to look at with <code>smile-rp inspect uaf FILE</code> and <code>smile-rp vectors \
                 uaf {}/{}</code>.</p>\n<p>Time to pay, from the tap to <q>succeeded</q>, agent and server on one machine, without \
                 a person's reading, a camera's opening and pace, and a network: {}.</p>\n",
                escaped(&bought.payment.text),
                bought.receipt.len(),
                messages::FOLDER,
                messages::FOLDER,
                messages::FOLDER,
                messages::ASSERTIONS,
                time_to_pay.in_words(),
            ),
            End::Stopped(error) => format!(
                "<h1>No stamp: the run stopped</h1>\n<p>The steps below came out as they should; then: <q>{}</q></p>\n",
                escaped(&error.to_string()),
            ),
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{MUST_FAIL, Report};
    use crate::QuickstartError;
    use crate::messages::Exchange;
    use crate::steps::Steps;
    use crate::story::Bought;
    use crate::story::provider::Payment;
    use crate::time_to_pay::TimeToPay;

    fn steps() -> Steps {
        let mut steps = Steps::default();
        for (chapter, what) in [
            ("Buy", "paid"),
            (MUST_FAIL, "a cheat"),
            ("Clean up", "the device forgets the face"),
        ] {
            steps.chapter(chapter);
            steps.record(what, Instant::now(), 0, "done");
        }
        steps
    }

    #[test]
    fn what_must_fail_ends_where_the_cleaning_begins() {
        let bought = Bought {
            payment: Payment {
                id: "pi_1".into(),
                client_secret: "s".into(),
                text: "Pay <1>".into(),
            },
            exchange: Exchange {
                request: String::new(),
                response: String::new(),
            },
            receipt: vec![1, 2],
        };
        let steps = steps();
        let time_to_pay = TimeToPay::of(vec![200.0, 100.0]);
        let page = Report::new(&steps, &bought, &time_to_pay).page();
        let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing"));
        let order = [
            place(&format!("<th colspan=4>{MUST_FAIL}</th>")),
            place("a cheat"),
            place("<th colspan=4>Clean up</th>"),
            place("the device forgets the face"),
        ];
        assert!(order.is_sorted(), "{order:?}");
        assert!(page.contains("p50 100 ms, p95 200 ms, n = 2"));
        assert!(page.contains("Pay &lt;1&gt;") && page.contains("uaf/assertions.json"));
    }

    #[test]
    fn a_run_that_stopped_says_why_and_how_far_it_came() {
        let steps = steps();
        let error = QuickstartError::Loopback(std::io::Error::other("Network is unreachable"));
        let page = Report::of_stopped(&steps, &error).page();
        for told in [
            "the run stopped",
            "loopback",
            "Network is unreachable",
            "ip link set lo up",
            "a cheat",
            "server.log",
        ] {
            assert!(page.contains(told), "{told} is missing: {page}");
        }
        assert!(!page.contains("Every step came out"));
    }
}
