//! What the run leaves for its reader: one page and the same facts as JSON.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use crate::QuickstartError;
use crate::stage::RunFolder;
use crate::steps::{Step, Steps};
use crate::story::Bought;

/// The report of one run.
pub struct Report<'a> {
    steps: &'a [Step],
    bought: &'a Bought,
}

impl<'a> Report<'a> {
    /// A report on `steps` and the purchase among them.
    pub fn new(steps: &'a Steps, bought: &'a Bought) -> Self {
        Self {
            steps: steps.all(),
            bought,
        }
    }

    /// Writes `report.json` and `report.html` into the run's folder; returns the path of the page.
    pub fn write(&self, folder: &RunFolder) -> Result<PathBuf, QuickstartError> {
        let facts = json!({
            "payment": self.bought.payment.id,
            "text": self.bought.payment.text,
            "receipt_bytes": self.bought.receipt.len(),
            "bytes_left_device": self.bytes(),
            "liveness": "none: a photo of the buyer would pass",
            "steps": self.steps,
        });
        folder.write("report.json", format!("{facts:#}\n").as_bytes())?;
        folder.write("report.html", self.page().as_bytes())
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
             <h1>A stamp, bought with a smile</h1>\n<p>Every step came out as it should; the last chapter \
             is what must fail, and did. Server log: <a href=server.log>server.log</a>; the same facts: \
             <a href=report.json>report.json</a>.</p>\n<p>The buyer read and signed: <q>{}</q> Receipt: <a href=receipt.cose>receipt.cose</a> \
             ({} bytes, COSE_Sign1), its key: receipt-keys.cose.</p>\n<p>Request bodies that left the device, all steps: \
             {} bytes. Liveness: none yet; a photo of the buyer would pass.</p>\n\
             <table><tr><th>Step</th><th>ms</th><th>bytes sent</th><th>Outcome</th></tr>\n{rows}</table></html>\n",
            escaped(&self.bought.payment.text),
            self.bought.receipt.len(),
            self.bytes(),
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
