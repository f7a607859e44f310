/** One of many writers: `bun writer.ts <data dir> <session> <own number> <updates>`. */
import { setTitle } from "../../src/store/session.ts";
import { openStore } from "../../src/store/store.ts";

const [dataDir = "", id = "", number = "", updates = "0"] = process.argv.slice(2);
const store = openStore(dataDir);
for (let index = 0; index < Number(updates); index++) {
  store.write((tx) => setTitle(tx, id, `writer ${number}, update ${index}`));
}
store.close();
