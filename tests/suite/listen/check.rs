//! xfed's own check against xfed's own test partner.

use super::Post;
use crate::stage::{ALL_PASS, Run, file};

#[test]
fn each_finds_the_other_right() {
    let post = Post::new();
    let listening = post.listen(&["--client-cert=require"]);
    let identity = post.xphone();
    let (chain, key) = (file(&identity.chain_pem()), file(&identity.key_pem()));
    let checked = Run::new("check")
        .within(post.folder.path())
        .connect_to_address(listening.to)
        .args(&["echo.example", "--format=json", "--ca-file", "root.pem"])
        .args(&["--no-authority", "--no-compare", "--resolver"])
        .arg(post.dns.address().to_string())
        .arg("--client-cert")
        .arg(chain.path())
        .arg("--client-key")
        .arg(key.path())
        .run();
    checked.stands(ALL_PASS, "ready", 0);
    let heard = listening.end();
    heard.finding("outbound-chat", "call-no-chat");
    heard.stands("pass pass pass pass pass unknown skip", "inconclusive", 3);
    assert_eq!(heard.report()["domain"], "zahnfee.de");
}
