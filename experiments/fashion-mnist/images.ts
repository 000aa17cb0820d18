/** Where the images of Fashion-MNIST lie in a folder, and how the studies split them: 51,000 to train on, 9,000 for validation, 10,000 for test. */
export function fashionMnist(folder: string) {
  return {
    kind: "idx",
    train_images: `${folder}/train-images-idx3-ubyte.gz`,
    train_labels: `${folder}/train-labels-idx1-ubyte.gz`,
    test_images: `${folder}/t10k-images-idx3-ubyte.gz`,
    test_labels: `${folder}/t10k-labels-idx1-ubyte.gz`,
    validation: 0.15,
    test: 0.15,
    split_seed: 0,
  } as const;
}
