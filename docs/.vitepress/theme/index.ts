/** The default theme without its font files: the reader's own fonts are used, and nothing is fetched for them. */
import theme from "vitepress/theme-without-fonts";
import "./style.css";

export default theme;
