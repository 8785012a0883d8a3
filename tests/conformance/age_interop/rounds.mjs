// The other side of test_age_interop.py: opens what we sealed and seals what we shall open, with npm's age-encryption.
// One argument: a JSON file with a list of { identity, recipient, plain, ours, opened, theirs }, all but the first two
// paths. `ours` is opened into `opened`; `plain` is sealed into `theirs`.
import { readFile, writeFile } from "node:fs/promises";
import { argv } from "node:process";
import { Decrypter, Encrypter, identityToRecipient } from "age-encryption";

for (const round of JSON.parse(await readFile(argv[2], "utf8"))) {
  const recipient = await identityToRecipient(round.identity);
  if (recipient !== round.recipient) throw new Error("the recipient of this identity is another one");

  const decrypter = new Decrypter();
  decrypter.addIdentity(round.identity);
  await writeFile(round.opened, await decrypter.decrypt(await readFile(round.ours)));

  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  await writeFile(round.theirs, await encrypter.encrypt(await readFile(round.plain)));
}
