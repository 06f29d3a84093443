import { loginRequired } from "../../lib/latchkey.js";

export default async function Reports() {
  const user = await loginRequired("/reports");
  return <p>{`Hello ${user.username}`}</p>;
}
