'use strict'

/**
 * Deliberate faults of one line in src/pki: the file, what stands there, what is put there.
 * What stands there must be there exactly once.
 *
 * @type {readonly (readonly [file: string, from: string, to: string])[]}
 */
const faults = [
  ['path', 'if issuer.is(&current) {', 'if true {'],
  ['path', 'issuer.self_signed() || policy.allow_partial_chain;', 'true;'],
  ['path', 'if untrusted < chain.len() || current.self_signed()', 'if current.self_signed()'],
  ['path', 'if issuer.is_valid_at(now) {', 'if true {'],
  ['path', 'issuer.not_after > latest.not_after', 'false'],
  ['path', '&& trust.exact(leaf).is_some()', '&& !trust.is_empty()'],
  ['path', '.filter(|issuer| subject.is_issued_by(issuer))', ''],
  ['purpose', 'Authority::Netscape => depth + 1 < chain.len(),', 'Authority::Netscape => false,'],
  ['purpose', 'intermediates > limit)', 'intermediates > limit + 1)'],
  ['purpose', 'let exceeded = depth > 1', 'let exceeded = depth > 2'],
  ['purpose', 'if !leaf && !certificate.self_issued() {', 'if !leaf {'],
  ['purpose', 'Some(_) => Authority::No,', 'Some(_) => Authority::Perhaps,'],
  ['purpose', 'None => Authority::No,', 'None => Authority::Perhaps,'],
  ['purpose', 'if !extended {', 'if !extended && leaf {'],
  ['purpose', 'add_if(extensions.unhandled,', 'add_if(false,'],
  [
    'purpose',
    '(key_usage::DIGITAL_SIGNATURE | key_usage::KEY_AGREEMENT,',
    '(key_usage::DIGITAL_SIGNATURE | key_usage::KEY_ENCIPHERMENT,',
  ],
  ['signatures', 'findings.add_if(!valid,', 'findings.add_if(false,'],
  ['signatures', 'findings.add_if(now >= to,', 'findings.add_if(false,'],
  ['signatures', 'findings.add_if(now < from,', 'findings.add_if(false,'],
  ['signatures', 'None => findings.add(ERROR_IN_CERT_NOT_BEFORE_FIELD),', 'None => {}'],
  ['signatures', 'findings.add_if(no_certsign,', 'findings.add_if(false,'],
  ['signatures', '} else if below.is_empty() {', '} else if false {'],
  ['signatures', 'if top.self_signed() || allow_partial_chain {', 'if top.self_signed() {'],
  ['signatures', 'depth + 1 < chain.len()', 'depth < chain.len()'],
  [
    'key',
    '| [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3] => 63,',
    '| [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3] => 128,',
  ],
  ['name_constraints', 'if constrained && !permitted {', 'if false {'],
  ['name_constraints', 'return Err(EXCLUDED_VIOLATION);', 'continue;'],
  ['name_checks', 'if depth > 0 && certificate.self_issued() {', 'if depth > 0 {'],
  ['name_constraints', 'name.starts_with(base)', 'true'],
  ['certificate', '(Some(wanted), Some(found)) => wanted == found,', '(Some(_), Some(_)) => true,'],
  ['certificate', '|serial| *serial == self.serial', '|_| true'],
  ['extensions', 'SERVER_AUTH | MICROSOFT_SGC', 'CLIENT_AUTH | MICROSOFT_SGC'],
  ['certificate', '&& issuer.public_key.family.signs(self.signer)', ''],
  ['certificate', 'self.issuer == issuer.subject', 'true'],
  ['certificate', '&& !self.is_malformed()', ''],
  ['certificate', '&& !issuer.is_malformed()', ''],
  ['asn1/name', '.map(str::to_ascii_lowercase)', '.map(str::to_owned)'],
  ['verification', 'name_checks::check(&chain, &mut findings);', ''],
  [
    'verification',
    'check_systems(extensions().map(|one| one.systems.as_ref()), &mut findings);',
    '',
  ],
  [
    'verification',
    'check_addresses(extensions().map(|one| one.addresses.as_ref()), &mut findings);',
    '',
  ],
  ['verification', 'peer.iter().any(|one| one.short_time)', 'false'],
  ['path', '.any(|one| one.is_malformed()', '.any(|one| false'],
  ['asn1/content', '*last &= mask;', ''],
  ['asn1/content', '[0, second, ..] => second & 0x80 != 0,', '[0, _, ..] => true,'],
  ['asn1/content', 'tag::BOOLEAN => content.len() == 1,', 'tag::BOOLEAN => !content.is_empty(),'],
  ['asn1/template', 'true => ended || ber::end_of_contents(content),', 'true => false,'],
  ['time', 'content.strip_suffix(b"Z")?', 'content.get(..content.len().checked_sub(1)?)?'],
  ['name_checks', 'if email.tag != tag::IA5_STRING {', 'if false {'],
  ['name_checks', "if text.contains('\\0') {", 'if false {'],
  [
    'name_constraints',
    'permitted = permitted || subtree.holds(name, true)?;',
    'permitted |= subtree.holds(name, true)?;',
  ],
  [
    'resources/addresses',
    'Share::Listed(wants) if !contains(has, wants, ends) => {',
    'Share::Listed(_) if false => {',
  ],
]

module.exports = { faults }
