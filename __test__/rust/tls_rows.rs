//! Certificate chains and what is to be said of them.

use super::table::*;
use super::workshop::{CA, FUTURE, LEAF, Made, PAST, README, RSA, Spec, Workshop, version};

pub fn rows(w: &Workshop) -> Vec<Row> {
    let mut table = Table::default();
    self_signed(w, &mut table);
    let root = w.own("/CN=Lab Root", CA);
    let inter = w.issue(&root, "/CN=Lab Inter", CA);
    let leaf = w.issue(&inter, "/CN=localhost", LEAF);
    chains(w, &mut table, &root, &inter, &leaf);
    purposes(w, &mut table, &root, &inter);
    authorities(w, &mut table, &root);
    constraints(w, &mut table, &root);
    impostors(w, &mut table, &root);
    strength(w, &mut table);
    clients(w, &mut table, &root, &inter);
    table.0
}

fn self_signed(w: &Workshop, t: &mut Table) {
    let v1 = w.version_1("/CN=localhost");
    let other_v1 = w.version_1("/CN=localhost");
    let readme = w.readme();
    let other = w.readme();
    t.row("v1, itself", &[&v1], &[&v1], OK);
    t.row("v1, nothing", &[&v1], &[], DEPTH_ZERO);
    t.row("v1, same name other key", &[&v1], &[&other_v1], DEPTH_ZERO);
    t.row("v1, first of two with its name", &[&v1], &[&v1, &other_v1], OK);
    t.row("v1, second of two with its name", &[&v1], &[&other_v1, &v1], DEPTH_ZERO);
    t.row("v1 sent twice", &[&v1, &v1], &[&v1], OK);
    t.row("readme, itself", &[&readme], &[&readme], OK);
    t.row("readme, in a bundle", &[&readme], &[&other, &v1, &readme], OK);
    t.row("readme, nothing", &[&readme], &[], DEPTH_ZERO);
    t.row("readme, mimic", &[&readme], &[&other], DEPTH_ZERO);
    t.row("readme and mimic sent, mimic trusted", &[&readme, &other], &[&other], DEPTH_ZERO);
    t.partial("mimic, partial", &[&readme], &[&other], DEPTH_ZERO);
    t.row("corrupt in ca and sent", &[&readme.with_bad_signature()], &[&readme], DEPTH_ZERO);
    let corrupt = readme.with_bad_signature();
    t.row("corrupt, itself", &[&corrupt], &[&corrupt], OK);
    let plain = w.own("/CN=localhost", "basicConstraints=critical,CA:FALSE");
    t.row("CA:FALSE, itself", &[&plain], &[&plain], OK);
    let empty = w.own("/", "subjectAltName=DNS:localhost");
    t.row("no subject, itself", &[&empty], &[&empty], OK);
    for (name, extensions, want) in [
        ("EKU client", "extendedKeyUsage=clientAuth", PURPOSE),
        ("EKU any", "extendedKeyUsage=anyExtendedKeyUsage", PURPOSE),
        ("EKU server", "extendedKeyUsage=serverAuth", OK),
        ("EKU step-up", "extendedKeyUsage=nsSGC", OK),
        ("KU CA's", "keyUsage=critical,keyCertSign,cRLSign", PURPOSE),
        ("KU nonRepudiation", "keyUsage=nonRepudiation", PURPOSE),
        ("KU digitalSignature", "keyUsage=digitalSignature", OK),
        ("KU keyAgreement", "keyUsage=keyAgreement", OK),
        ("Netscape client", "nsCertType=client", PURPOSE),
        ("Netscape server", "nsCertType=server", OK),
        ("unknown critical", "1.2.3.4.5.6=critical,ASN1:UTF8String:x", CRITICAL),
        ("unknown", "1.2.3.4.5.6=ASN1:UTF8String:x", OK),
        ("critical key id", "subjectKeyIdentifier=critical,hash", CRITICAL),
        ("critical policy", "certificatePolicies=critical,1.2.3.4", OK),
    ] {
        let made = w.own("/CN=localhost", extensions);
        t.row(name, &[&made], &[&made], want);
    }
    let dated = |dates| {
        w.make(&Spec {
            subject: "/CN=localhost",
            extensions: README,
            dates: Some(dates),
            ..Spec::default()
        })
    };
    let (past, future) = (dated(PAST), dated(FUTURE));
    t.row("expired, itself", &[&past], &[&past], EXPIRED);
    t.row("expired, nothing", &[&past], &[], EXPIRED);
    t.row("not yet, itself", &[&future], &[&future], NOT_YET);
    t.row("not yet, nothing", &[&future], &[], NOT_YET);
    t.partial("expired, partial", &[&past], &[&past], EXPIRED);
    let two_faults = w.make(&Spec {
        subject: "/CN=localhost",
        extensions: "extendedKeyUsage=clientAuth",
        dates: Some(PAST),
        ..Spec::default()
    });
    t.row("expired and wrong purpose", &[&two_faults], &[&two_faults], EXPIRED);
}

fn chains(w: &Workshop, t: &mut Table, root: &Made, inter: &Made, leaf: &Made) {
    let unrelated = w.own("/CN=Unrelated", CA);
    let v1 = w.version_1("/CN=extra");
    t.row("chain", &[leaf, inter], &[root], OK);
    t.row("chain with root", &[leaf, inter, root], &[root], OK);
    t.row("chain in wrong order", &[leaf, root, inter], &[root], OK);
    t.row("chain with extras", &[leaf, &v1, inter, &unrelated], &[root], OK);
    t.row("chain, inter only", &[leaf, inter], &[inter], NO_ISSUER);
    t.row("chain, nothing", &[leaf, inter], &[], NO_LOCAL_ISSUER);
    t.row("chain, unrelated", &[leaf, inter], &[&unrelated], NO_LOCAL_ISSUER);
    t.row("full chain, nothing", &[leaf, inter, root], &[], IN_CHAIN);
    t.row("full chain, unrelated", &[leaf, inter, root], &[&unrelated], IN_CHAIN);
    t.row("leaf only, root", &[leaf], &[root], LONE_LEAF);
    t.row("leaf only, nothing", &[leaf], &[], LONE_LEAF);
    t.row("leaf only, leaf", &[leaf], &[leaf], LONE_LEAF);
    t.row("leaf only, leaf and root", &[leaf], &[leaf, root], LONE_LEAF);
    t.row("leaf only, inter and root", &[leaf], &[inter, root], OK);
    t.row("leaf only, inter", &[leaf], &[inter], NO_ISSUER);
    t.row("chain, leaf", &[leaf, inter], &[leaf], NO_LOCAL_ISSUER);
    t.partial("partial, inter", &[leaf, inter], &[inter], OK);
    t.partial("partial, leaf", &[leaf], &[leaf], OK);
    t.partial("partial, leaf of a chain", &[leaf, inter], &[leaf], OK);
    t.partial("partial, nothing", &[leaf, inter], &[], NO_LOCAL_ISSUER);
    t.partial("partial, root", &[leaf, inter], &[root], OK);
    t.row("bad signature", &[&leaf.with_bad_signature(), inter], &[root], BAD_SIGNATURE);
    t.row("bad signature of inter", &[leaf, &inter.with_bad_signature()], &[root], BAD_SIGNATURE);
    let bad = &leaf.with_bad_signature();
    t.partial("partial, bad signature", &[bad, inter], &[inter], BAD_SIGNATURE);

    let dated = |subject, extensions, issuer, dates| {
        w.make(&Spec { subject, extensions, issuer, dates: Some(dates), ..Spec::default() })
    };
    let old_inter = dated("/CN=Old Inter", CA, Some(root), PAST);
    let under_old = w.issue(&old_inter, "/CN=localhost", LEAF);
    t.row("expired inter", &[&under_old, &old_inter], &[root], EXPIRED);
    let old_root = dated("/CN=Old Root", CA, None, PAST);
    let under_old_root = w.issue(&old_root, "/CN=localhost", LEAF);
    t.row("expired root", &[&under_old_root], &[&old_root], EXPIRED);
    t.partial("partial, expired inter", &[&under_old], &[&old_inter], EXPIRED);
    let new_root = w.make(&Spec {
        subject: "/CN=Old Root",
        extensions: CA,
        key_of: Some(&old_root),
        ..Spec::default()
    });
    t.row("renewed root", &[&under_old_root], &[&old_root, &new_root], OK);
    let old_leaf = dated("/CN=localhost", LEAF, Some(inter), PAST);
    t.row("expired leaf", &[&old_leaf, inter], &[root], EXPIRED);
    t.row("expired leaf, nothing", &[&old_leaf, inter], &[], EXPIRED);
    t.partial("partial, expired leaf", &[&old_leaf], &[&old_leaf], EXPIRED);
    let cross = w.make(&Spec {
        subject: "/CN=Lab Root",
        extensions: "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n\
            subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid,issuer",
        issuer: Some(&unrelated),
        key_of: Some(root),
        ..Spec::default()
    });
    t.row("cross-signed, old root", &[leaf, inter, &cross], &[root], OK);
    t.row("cross-signed, new root", &[leaf, inter, &cross], &[&unrelated], OK);
    t.row("cross-signed, nothing", &[leaf, inter, &cross], &[], NO_LOCAL_ISSUER);
    let spaced = w.make(&Spec {
        subject: "/CN=  lab   ROOT ",
        extensions: CA,
        key_of: Some(root),
        ..Spec::default()
    });
    t.row("root with its name in other letters", &[leaf, inter], &[&spaced], OK);
}

fn purposes(w: &Workshop, t: &mut Table, root: &Made, inter: &Made) {
    let client = w.issue(inter, "/CN=localhost", "extendedKeyUsage=clientAuth");
    t.row("leaf for clients", &[&client, inter], &[root], PURPOSE);
    let ca = format!("{CA}extendedKeyUsage=clientAuth");
    let client_inter = w.issue(root, "/CN=Client Inter", &ca);
    let leaf = w.issue(&client_inter, "/CN=localhost", LEAF);
    t.row("inter for clients", &[&leaf, &client_inter], &[root], PURPOSE);
    let client_root = w.own("/CN=Client Root", &ca);
    let leaf = w.issue(&client_root, "/CN=localhost", LEAF);
    t.row("root for clients", &[&leaf], &[&client_root], PURPOSE);
    let critical = w.issue(root, "/CN=localhost", "1.2.3.4.5.6=critical,ASN1:UTF8String:x");
    t.row("leaf with unknown critical", &[&critical], &[root], CRITICAL);
    let ca_leaf = w.issue(root, "/CN=localhost", "basicConstraints=critical,CA:TRUE");
    t.row("leaf is a CA", &[&ca_leaf], &[root], OK);
}

fn authorities(w: &Workshop, t: &mut Table, root: &Made) {
    for (name, extensions, want) in [
        ("inter not a CA", "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature", NO_CERTSIGN),
        ("inter not a CA, may sign", "basicConstraints=CA:FALSE\nkeyUsage=keyCertSign", PURPOSE),
        ("inter without constraints", "keyUsage=keyCertSign", BAD_CA),
        ("inter CA but may not sign", "basicConstraints=CA:TRUE\nkeyUsage=cRLSign", NO_CERTSIGN),
        ("inter says nothing", "subjectKeyIdentifier=hash", PURPOSE),
        ("inter Netscape CA", "nsCertType=sslCA", BAD_CA),
        ("inter Netscape e-mail CA", "nsCertType=emailCA", PURPOSE),
    ] {
        let inter = w.issue(root, "/CN=Odd Inter", extensions);
        let leaf = w.issue(&inter, "/CN=localhost", LEAF);
        t.row(name, &[&leaf, &inter], &[root], want);
    }
    for (name, extensions, want) in [
        ("root without constraints", "keyUsage=keyCertSign", OK),
        ("root says nothing", "subjectKeyIdentifier=hash", PURPOSE),
        ("root not a CA", "basicConstraints=CA:FALSE", PURPOSE),
        ("root Netscape CA", "nsCertType=sslCA", OK),
    ] {
        let odd = w.own("/CN=Odd Root", extensions);
        let leaf = w.issue(&odd, "/CN=localhost", LEAF);
        t.row(name, &[&leaf], &[&odd], want);
    }
    let short = w.issue(root, "/CN=Short", &CA.replace("CA:TRUE", "CA:TRUE,pathlen:0"));
    let below = w.issue(&short, "/CN=Below", CA);
    let leaf = w.issue(&below, "/CN=localhost", LEAF);
    t.row("path length", &[&leaf, &below, &short], &[root], TOO_LONG);
    let direct = w.issue(&short, "/CN=localhost", LEAF);
    t.row("path length kept", &[&direct, &short], &[root], OK);
    let narrow = w.own("/CN=Narrow Root", &CA.replace("CA:TRUE", "CA:TRUE,pathlen:0"));
    let inter = w.issue(&narrow, "/CN=Wide", CA);
    let leaf = w.issue(&inter, "/CN=localhost", LEAF);
    t.row("path length of the root", &[&leaf, &inter], &[&narrow], TOO_LONG);
    let again = w.issue(&short, "/CN=Short", CA);
    let leaf = w.issue(&again, "/CN=localhost", LEAF);
    t.row("path length, self-issued", &[&leaf, &again, &short], &[root], OK);

    let v1_leaf = |issuer| {
        let made = w.make(&Spec {
            subject: "/CN=localhost",
            issuer: Some(issuer),
            version_1: true,
            ..Spec::default()
        });
        assert_eq!(version(&made.der), 1);
        made
    };
    let v1_root = w.version_1("/CN=V1 Root");
    t.row("v1 leaf, v3 root", &[&v1_leaf(root)], &[root], OK);
    t.row("v1 leaf, v1 root", &[&v1_leaf(&v1_root)], &[&v1_root], OK);
    t.row("v1 leaf, nothing", &[&v1_leaf(&v1_root)], &[], LONE_LEAF);
    let under_v1 = w.issue(&v1_root, "/CN=localhost", LEAF);
    t.row("v3 leaf, v1 root", &[&under_v1], &[&v1_root], OK);
    let v1_inter = w.make(&Spec {
        subject: "/CN=V1 Inter",
        issuer: Some(root),
        version_1: true,
        ..Spec::default()
    });
    let leaf = w.issue(&v1_inter, "/CN=localhost", LEAF);
    t.row("v1 inter", &[&leaf, &v1_inter], &[root], PURPOSE);
    let readme = w.readme();
    let issued = w.issue(&readme, "/CN=leaf", LEAF);
    t.row("issued by a readme certificate", &[&issued], &[&readme], OK);
}

fn constraints(w: &Workshop, t: &mut Table, root: &Made) {
    let names = "extendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost,IP:127.0.0.1";
    for (name, constraint, subject, extensions, want) in [
        ("DNS elsewhere", "permitted;DNS:example.com", "/CN=localhost", LEAF, NOT_PERMITTED),
        ("DNS here", "permitted;DNS:localhost", "/CN=localhost", LEAF, OK),
        ("DNS excluded", "excluded;DNS:localhost", "/CN=localhost", LEAF, EXCLUDED),
        ("DNS not excluded", "excluded;DNS:example.com", "/CN=localhost", LEAF, OK),
        ("CN elsewhere", "permitted;DNS:example.com", "/CN=a.b", README, NOT_PERMITTED),
        ("CN here", "permitted;DNS:example.com", "/CN=a.example.com", README, OK),
        ("CN is no host", "permitted;DNS:example.com", "/CN=localhost", README, OK),
        ("IP elsewhere", "permitted;IP:10.0.0.0/255.0.0.0", "/CN=x", names, NOT_PERMITTED),
        ("IP here", "permitted;IP:127.0.0.0/255.0.0.0", "/CN=x", names, OK),
        ("IPv6 only", "permitted;IP:fd00::/ff00::", "/CN=x", names, NOT_PERMITTED),
        ("IP excluded", "excluded;IP:127.0.0.1/255.255.255.255", "/CN=x", names, EXCLUDED),
        ("directory elsewhere", "permitted;dirName:dn", "/O=Other/CN=x", LEAF, NOT_PERMITTED),
        ("directory here", "permitted;dirName:dn", "/O=lab  works/CN=x", LEAF, OK),
        ("e-mail elsewhere", "permitted;email:example.com", "/CN=x", LEAF, OK),
    ] {
        let ca = format!("{CA}nameConstraints=critical,{constraint}\n[dn]\nO=Lab Works");
        let inter = w.issue(root, "/O=Lab Works/CN=Bounded", &ca);
        let leaf = w.issue(&inter, subject, extensions);
        t.row(name, &[&leaf, &inter], &[root], want);
    }
    let email = "subjectAltName=email:a@example.com,DNS:localhost";
    let ca = format!("{CA}nameConstraints=critical,permitted;email:example.com");
    let inter = w.issue(root, "/CN=Mail", &ca);
    let leaf = w.issue(&inter, "/CN=x", email);
    t.row("e-mail here", &[&leaf, &inter], &[root], OK);
    let leaf = w.issue(&inter, "/CN=x", "subjectAltName=email:a@example.org,DNS:localhost");
    t.row("e-mail at another host", &[&leaf, &inter], &[root], NOT_PERMITTED);
    let behind = w.own("/CN=localhost", "2.5.29.30=DER:3002a100ff");
    t.row("bytes behind constraints", &[&behind], &[&behind], OK);
}

fn impostors(w: &Workshop, t: &mut Table, root: &Made) {
    let fake = w.own("/CN=Lab Root", CA);
    let leaf = w.issue(&fake, "/CN=localhost", LEAF);
    t.row("fake root, sent", &[&leaf, &fake], &[root], IN_CHAIN);
    t.row("fake root, leaf only", &[&leaf], &[root], LONE_LEAF);
    let bare = "basicConstraints=critical,CA:TRUE\n\
        subjectKeyIdentifier=none\nauthorityKeyIdentifier=none";
    let (real, fake) = (w.own("/CN=Bare Root", bare), w.own("/CN=Bare Root", bare));
    let names = "subjectAltName=DNS:localhost\nauthorityKeyIdentifier=none";
    let leaf = w.issue(&fake, "/CN=localhost", names);
    t.row("fake root without key id", &[&leaf], &[&real], BAD_SIGNATURE);
    t.row("fake root without key id, sent", &[&leaf, &fake], &[&real], BAD_SIGNATURE);
    let rsa = w.make(&Spec {
        subject: "/CN=Bare Root",
        extensions: bare,
        new_key: Some(RSA),
        ..Spec::default()
    });
    t.row("fake root with another kind of key", &[&leaf], &[&rsa], LONE_LEAF);
}

fn strength(w: &Workshop, t: &mut Table) {
    let rsa = |subject, extensions, issuer, key: &'static [&'static str], digest| {
        w.make(&Spec {
            subject,
            extensions,
            issuer,
            new_key: Some(key),
            digest: Some(digest),
            ..Spec::default()
        })
    };
    let root = rsa("/CN=RSA Root", CA, None, RSA, "sha256");
    let leaf = rsa("/CN=localhost", LEAF, Some(&root), RSA, "sha384");
    t.row("RSA", &[&leaf], &[&root], OK);
    let sha1 = rsa("/CN=localhost", LEAF, Some(&root), RSA, "sha1");
    t.row("SHA-1 leaf", &[&sha1], &[&root], WEAK_DIGEST);
    let sha1_root = rsa("/CN=Old Root", CA, None, RSA, "sha1");
    t.row("SHA-1 root, itself", &[&leaf], &[&root, &sha1_root], OK);
    let under = rsa("/CN=localhost", LEAF, Some(&sha1_root), RSA, "sha256");
    t.row("SHA-1 root", &[&under], &[&sha1_root], OK);
    let small = rsa("/CN=localhost", LEAF, Some(&root), &["rsa:512"], "sha256");
    t.row("RSA 512 leaf", &[&small], &[&root], WEAK_LEAF_KEY).as_node = false;
    // Node's own server refuses to be made with it.
    t.row("RSA 512 leaf, nothing", &[&small], &[], LONE_LEAF).as_node = false;
    let medium = rsa("/CN=localhost", LEAF, Some(&root), &["rsa:1024"], "sha256");
    t.row("RSA 1024 leaf, level 1", &[&medium], &[&root], OK);
    t.row("RSA 1024 leaf, level 2", &[&medium], &[&root], WEAK_LEAF_KEY).policy.security_level = 2;
    let small_root = rsa("/CN=Small Root", CA, None, &["rsa:1024"], "sha256");
    let under = rsa("/CN=localhost", LEAF, Some(&small_root), RSA, "sha256");
    let unverifiable = t.row("RSA 1024 root, level 2", &[&under], &[&small_root], WEAK_CA_KEY);
    unverifiable.policy.security_level = 2;
    t.row("RSA 1024 root, level 1", &[&under], &[&small_root], OK);
    // Node trusts it, too; the provider knows no such curve.
    let new_key = Some(&["ec", "-pkeyopt", "ec_paramgen_curve:secp224r1"][..]);
    let root = w.make(&Spec { subject: "/CN=Root", extensions: CA, new_key, ..Spec::default() });
    let leaf = w.issue(&root, "/CN=localhost", LEAF);
    t.row("P-224 root", &[&leaf], &[&root], UNSUPPORTED).as_node = false;
    for (name, key) in
        [
            ("P-384", &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"][..]),
            ("P-521", &["ec", "-pkeyopt", "ec_paramgen_curve:P-521"]),
            ("Ed25519", &["ed25519"]),
        ]
    {
        let make = |subject, extensions, issuer| {
            let new_key = Some(key);
            w.make(&Spec { subject, extensions, issuer, new_key, ..Spec::default() })
        };
        let root = make("/CN=Root", CA, None);
        let leaf = make("/CN=localhost", LEAF, Some(&root));
        t.row(name, &[&leaf], &[&root], OK);
        t.row(name, &[&leaf.with_bad_signature()], &[&root], BAD_SIGNATURE);
    }
}

fn clients(w: &Workshop, t: &mut Table, root: &Made, inter: &Made) {
    const CLIENT: &str = "extendedKeyUsage=clientAuth";
    let client = w.issue(inter, "/CN=client", CLIENT);
    t.client("client", &[&client, inter], &[root], OK);
    t.client("client without inter", &[&client], &[root], LONE_LEAF);
    let unrelated = w.own("/CN=Unrelated", CA);
    let other = w.issue(&unrelated, "/CN=client", CLIENT);
    t.client("client of another CA", &[&other], &[root], LONE_LEAF);
    let (v1, readme) = (w.version_1("/CN=client"), w.readme());
    t.client("client v1, itself", &[&v1], &[&v1], OK);
    t.client("client v1, other", &[&v1], &[root], DEPTH_ZERO);
    t.client("client readme, itself", &[&readme], &[&readme], OK);
    for (name, extensions, want) in [
        ("server as client", "extendedKeyUsage=serverAuth", PURPOSE),
        ("client KU keyEncipherment", "keyUsage=keyEncipherment", PURPOSE),
        ("client KU keyAgreement", "keyUsage=keyAgreement", OK),
        ("client Netscape server", "nsCertType=server", PURPOSE),
    ] {
        let made = w.issue(inter, "/CN=client", extensions);
        t.client(name, &[&made, inter], &[root], want);
    }
    let expired = w.make(&Spec {
        subject: "/CN=client",
        extensions: CLIENT,
        issuer: Some(inter),
        dates: Some(PAST),
        ..Spec::default()
    });
    t.client("expired client", &[&expired, inter], &[root], EXPIRED);
}
