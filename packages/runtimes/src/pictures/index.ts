/** Images of a dataset as pictures: thumbnails, contact sheets, PNG. */
export { enlarged, type Picture, pictureOf, sheetOf } from "./picture.ts";
export { openPictureWriter, type PictureWriter } from "./png.ts";
